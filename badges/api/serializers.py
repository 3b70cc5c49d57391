"""Shapes of contract 5 and of definitions: what comes in, what goes out, key by key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from badges.credentials.addresses import image_url
from badges.credentials.document import image_of
from badges.models import BadgeDefinition, EarnedBadge
from badges.models.definition import DEFINITION_ID, MAX_TAGS, TAG_LENGTH
from badges.models.earned import EARNED_ID
from certifications.api.serializers import MentorIdField
from config.api.bodies import InputSerializer, QuerySerializer
from config.api.fields import (
    BoundedListField,
    IdentifierField,
    StringField,
    TruthField,
    UtcDateTimeField,
)
from config.api.shapes import ComputedField


class EarnedIdField(ComputedField, serializers.CharField):
    columns = ("pk",)

    @staticmethod
    def compute(context: Mapping[str, Any], pk: Any) -> str:
        return EARNED_ID.format(pk)


class DefinitionIdField(ComputedField, serializers.CharField):
    columns = ("definition_id",)

    @staticmethod
    def compute(context: Mapping[str, Any], definition_id: Any) -> str:
        return DEFINITION_ID.format(definition_id)


class OrganisationBadge(serializers.Serializer[EarnedBadge]):
    """An earned badge in an organisation's list."""

    id = EarnedIdField()
    badge_definition_id = DefinitionIdField()
    peer_mentor_id = serializers.CharField(source="mentor_id")
    awarded_at = UtcDateTimeField()
    revoked_at = UtcDateTimeField(allow_null=True)


class EarnedBadgeDetails(OrganisationBadge):
    awarded_by = serializers.CharField()

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        order = ("id", "badge_definition_id", "peer_mentor_id", "awarded_at", "awarded_by")
        return {name: fields[name] for name in (*order, "revoked_at")}


class RevokedBadge(EarnedBadgeDetails):
    """An earned badge with who revoked it, and why."""

    revoked_by = serializers.CharField()
    reason = serializers.CharField()

    def get_fields(self) -> dict[str, Any]:
        fields = serializers.Serializer.get_fields(self)
        return {**super().get_fields(), **{name: fields[name] for name in ("revoked_by", "reason")}}


class AwardInput(InputSerializer):
    read_only_keys = frozenset({"id", "revoked_at"})

    badge_definition_id = StringField(max_length=64)
    peer_mentor_id = MentorIdField()
    awarded_at = UtcDateTimeField(required=False, help_text="Now by default.")
    awarded_by = StringField(max_length=64, default="system")


class RevokeInput(InputSerializer):
    reason = StringField(max_length=500)


class OrganisationQuery(QuerySerializer):
    organisation_id = IdentifierField()


class ExistsQuery(QuerySerializer):
    peer_mentor_id = StringField()
    badge_definition_id = StringField()


class BadgeExists(serializers.Serializer[Any]):
    exists = serializers.BooleanField()
    earned_badge_id = serializers.CharField(allow_null=True)


class StandingBadge(serializers.Serializer[EarnedBadge]):
    """What `exists` says of a badge that a mentor holds."""

    earned_badge_id = EarnedIdField()


class Credential(serializers.Serializer[Any]):
    """An Open Badges 3.0 credential, signed (VC-JWT)."""

    id = serializers.CharField()
    credential = serializers.CharField()


# --- Definitions -------------------------------------------------------------------------------


class DefinitionDetails(serializers.Serializer[BadgeDefinition]):
    id = serializers.CharField(source="public_id")
    name = serializers.CharField()
    description = serializers.CharField()
    criteria = serializers.CharField()
    tags = serializers.ListField(child=serializers.CharField())
    active = serializers.BooleanField()
    image = serializers.SerializerMethodField()
    created_at = UtcDateTimeField()
    updated_at = UtcDateTimeField()

    def get_image(self, definition: BadgeDefinition) -> str | None:
        """Its public URL; null without an image."""
        return None if image_of(definition) is None else image_url(definition)


class DefinitionDeleted(serializers.Serializer[Any]):
    deleted = serializers.BooleanField()
    id = serializers.CharField()


class DefinitionInput(InputSerializer):
    read_only_keys = frozenset({"id", "created_at", "updated_at"})

    name = StringField(max_length=200)
    description = StringField(max_length=2000)
    criteria = StringField(max_length=5000)
    tags = BoundedListField(
        child=StringField(max_length=TAG_LENGTH), max_length=MAX_TAGS, default=list
    )
    active = TruthField(default=True)
    image = StringField(
        required=False,
        allow_null=True,
        help_text="A PNG or SVG as data URI; null for none. Left out, or its URL, it stays.",
    )
