"""Writes on definitions of badges."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import ProtectedError

from badges.errors import DefinitionAwarded, DefinitionNotFound
from badges.models import BadgeDefinition, BadgeImage
from badges.models.definition import DEFINITION_ID


def find_definition(public_id: str) -> BadgeDefinition:
    """The definition of that public id; `DefinitionNotFound`."""
    number = DEFINITION_ID.parse(public_id)
    definition = BadgeDefinition.objects.filter(pk=number).first()
    if definition is None:
        raise DefinitionNotFound(public_id)
    return definition


@transaction.atomic
def save_definition(
    *,
    definition: BadgeDefinition | None,
    name: str,
    description: str,
    criteria: str,
    tags: Sequence[str],
    active: bool,
    now: datetime,
) -> BadgeDefinition:
    """Make a definition, or replace what the given one says; its image stays."""
    row = BadgeDefinition(created_at=now) if definition is None else definition
    row.name, row.description, row.criteria = name, description, criteria
    row.tags, row.active, row.updated_at = list(tags), active, now
    row.save()
    return row


@transaction.atomic
def set_image(*, definition: BadgeDefinition, image: BadgeImage | None) -> None:
    """Give the definition a checked image, or take its image away."""
    if image is None:
        BadgeImage.objects.filter(definition=definition).delete()
        return
    BadgeImage.objects.update_or_create(
        definition=definition,
        defaults={
            "media_type": image.media_type,
            "content": image.content,
            "sha256": image.sha256,
        },
    )


@transaction.atomic
def delete_definition(*, definition: BadgeDefinition) -> None:
    """Delete a definition that was never awarded; `DefinitionAwarded` otherwise."""
    try:
        definition.delete()
    except ProtectedError as error:
        raise DefinitionAwarded(definition.public_id) from error
