"""Awarding and revoking badges."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from badges.errors import EarnedBadgeNotFound, unknown_definition
from badges.models import BadgeDefinition, EarnedBadge
from badges.models.definition import DEFINITION_ID
from badges.models.earned import EARNED_ID
from certifications.services.mentors import register_mentor
from config.errors import InvalidError, NotFoundError

#: How far ahead of ours another system's clock may go.
CLOCK_TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True)
class Award:
    """What is to be awarded to whom. `awarded_at` None is now."""

    definition_id: str
    mentor_id: str
    awarded_at: datetime | None = None
    awarded_by: str = "system"


@transaction.atomic
def award_badge(award: Award, *, now: datetime) -> tuple[EarnedBadge, bool]:
    """Award a badge; returns the earned badge and whether it is new.

    Where the mentor holds it already, the one that stands is returned and nothing changes. An
    unknown mentor is registered. Raises `InvalidError` for an unknown or inactive definition, and
    an `awarded_at` more than five minutes in the future.
    """
    return _award(award, find_awarded(award.definition_id), now)


@transaction.atomic
def award_badges(awards: Iterable[Award], *, now: datetime) -> tuple[int, int]:
    """Award all or none; returns how many are new, and how many stood already."""
    definitions: dict[str, BadgeDefinition] = {}
    new = stood = 0
    for award in awards:
        if award.definition_id not in definitions:
            definitions[award.definition_id] = find_awarded(award.definition_id)
        _, is_new = _award(award, definitions[award.definition_id], now)
        new, stood = new + is_new, stood + (not is_new)
    return new, stood


def find_awarded(public_id: str) -> BadgeDefinition:
    """The definition that an award names; `InvalidError` for an unknown one."""
    try:
        definition = BadgeDefinition.objects.filter(pk=DEFINITION_ID.parse(public_id)).first()
    except NotFoundError as error:
        raise unknown_definition(public_id) from error
    if definition is None:
        raise unknown_definition(public_id)
    return definition


def check_award(award: Award, definition: BadgeDefinition, *, now: datetime) -> None:
    """Raise `InvalidError` where the badge could not be awarded anew."""
    if not definition.active:
        raise InvalidError.of_field(
            "badge_definition_id",
            f"{award.definition_id} is inactive and can't be awarded.",
            code="inactive",
        )
    if award.awarded_at is not None and award.awarded_at > now + CLOCK_TOLERANCE:
        raise InvalidError.of_field(
            "awarded_at", "It lies more than five minutes in the future.", code="in_the_future"
        )


def _award(award: Award, definition: BadgeDefinition, now: datetime) -> tuple[EarnedBadge, bool]:
    # The mentor's row is locked: of two equal awards the second finds the first.
    register_mentor(award.mentor_id)
    standing = EarnedBadge.objects.standing().filter(
        definition=definition, mentor_id=award.mentor_id
    )
    if earned := standing.first():
        return earned, False
    check_award(award, definition, now=now)
    earned = EarnedBadge.objects.create(
        definition=definition,
        mentor_id=award.mentor_id,
        awarded_at=award.awarded_at or now.replace(microsecond=0),
        awarded_by=award.awarded_by,
        created_at=now,
    )
    return earned, True


@transaction.atomic
def revoke_badge(
    *, public_id: str, reason: str, revoked_by: str, now: datetime
) -> tuple[EarnedBadge, bool]:
    """Revoke the badge of that public id; returns it and whether that changed anything.

    Revoking again changes nothing: the first reason stands. Raises `EarnedBadgeNotFound`.
    """
    number = EARNED_ID.parse(public_id)
    earned = EarnedBadge.objects.select_for_update().filter(pk=number).first()
    if earned is None:
        raise EarnedBadgeNotFound(public_id)
    return earned, _revoke(earned, reason, revoked_by, now)


@transaction.atomic
def revoke_badges(
    *, earned: QuerySet[EarnedBadge], reason: str, revoked_by: str, now: datetime
) -> int:
    """Revoke all of them that stand; returns how many."""
    rows = EarnedBadge.objects.filter(pk__in=list(earned.values_list("pk", flat=True)))
    locked = rows.order_by("pk").select_for_update()
    return sum(_revoke(one, reason, revoked_by, now) for one in locked)


def _revoke(earned: EarnedBadge, reason: str, revoked_by: str, now: datetime) -> bool:
    """Mark a locked row; False where it was revoked before."""
    if earned.is_revoked:
        return False
    earned.revoked_at = now.replace(microsecond=0)
    earned.revoked_by, earned.reason = revoked_by, reason
    earned.save()
    return True
