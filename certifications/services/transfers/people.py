"""Mentors that a table names, as far as whoever imports it may touch them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from certifications.models import Language, Mentor
from certifications.models.people import validate_mentor_id
from config.import_export.new_names import near_identifiers
from config.transfer.columns import Column, checked_by
from config.transfer.importing import Importer, Outcome

MENTOR_ID = Column(
    "mentor_id",
    _("1 to 64 letters, digits, or characters of “._~-”."),
    "mentor-001",
    checked_by(validate_mentor_id),
    required=True,
    labels=(_("mentor"), _("id")),
)

MENTOR_FIELDS = (
    "id",
    "name",
    "email",
    "language",
    "organisation",
    "public_badges",
    "created_at",
    "updated_at",
)


def mentors_of(
    ids: Iterable[str], account: User | None, *, lock: bool
) -> tuple[dict[str, Mentor], set[str]]:
    """The mentors of these ids that exist, and which of the ids the account may use.

    Somebody who is limited may use her own mentors' and those that are nobody's yet. `lock` locks
    the rows in one order.
    """
    ids = set(ids)
    wanted = Mentor.objects.filter(pk__in=ids).order_by("pk")
    if lock:
        wanted = wanted.select_for_update(no_key=True)
    known = {mentor.pk: mentor for mentor in wanted}
    if account is None:
        return known, ids
    visible = set(
        Mentor.objects.visible_to(account).filter(pk__in=known).values_list("pk", flat=True)
    )
    return known, (ids - known.keys()) | visible


def note_new_mentors(
    importer: Importer,
    outcomes: Iterable[Outcome],
    known: Mapping[str, Mentor],
    *,
    column: str = MENTOR_ID.name,
) -> set[str]:
    """Tell the importer of mentors that nobody knows yet; returns their ids."""
    rows = [(each.row.values[column], each.row.number) for each in outcomes]
    new = [(mentor_id, number) for mentor_id, number in rows if mentor_id not in known]
    importer.new_names.add(_("mentor"), new, _near)
    return {mentor_id for mentor_id, _number in new}


def _near(mentor_id: str) -> Iterable[str]:
    near = Mentor.objects.filter(pk__in=near_identifiers(mentor_id))
    return near.order_by("pk").values_list("pk", flat=True)


def register_mentors(importer: Importer, ids: Iterable[str]) -> None:
    """Register mentors of whom nothing is known but their ids."""
    now = importer.now
    rows: list[tuple[Any, ...]] = [
        (mentor_id, "", "", Language.ENGLISH.value, None, False, now, now, True)
        for mentor_id in sorted(ids)
    ]
    if rows:
        staging = importer.staging(Mentor, MENTOR_FIELDS, ["id"])
        staging.load(rows)
        staging.upsert()
        importer.record(staging)
