"""A table of badges to award."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from badges.models import BadgeDefinition, EarnedBadge
from badges.services.awards import Award, award_badges, check_award, find_awarded
from certifications.services.transfers.people import MENTOR_ID, mentors_of, note_new_mentors
from config.errors import InvalidError
from config.transfer.columns import Column, moment, show_moment, text_of
from config.transfer.importing import NEW, SAME, Fault, Importer, Outcome, Row

DEFINITION = Column(
    "badge_definition_id",
    _("Of a definition that can be awarded."),
    "bdg-def-001",
    text_of(64),
    required=True,
    labels=(_("badge definition"),),
)
PEER_MENTOR = replace(MENTOR_ID, name="peer_mentor_id")
COLUMNS = (
    DEFINITION,
    PEER_MENTOR,
    Column(
        "awarded_at",
        _("ISO 8601, UTC unless it says otherwise. Empty: now."),
        "2026-01-01",
        moment,
        show_moment,
        default=None,
        labels=(_("awarded at"),),
    ),
    Column(
        "awarded_by",
        _("Up to 64 characters. Empty: system."),
        "The jury",
        text_of(64),
        default="system",
        labels=(_("awarded by"),),
    ),
)


class AwardImporter(Importer):
    """Awards are made, never changed: a badge that a mentor has already stays as it is."""

    columns = COLUMNS
    key = (PEER_MENTOR.name, DEFINITION.name)

    def __init__(self, account: User | None, now: datetime, reason: str = "") -> None:
        super().__init__(account, now, reason)
        self._definitions: dict[str, BadgeDefinition] = {}

    def check(self, rows: list[Row], *, lock: bool) -> tuple[list[Outcome], list[Fault]]:
        known, allowed = mentors_of(
            (row.values[PEER_MENTOR.name] for row in rows), self.account, lock=lock
        )
        earned = EarnedBadge.objects.standing().filter(mentor__in=known)
        existing = set(earned.values_list("definition_id", "mentor_id"))
        outcomes, faults = [], []
        for row in rows:
            award = _award_of(row)
            if award.mentor_id not in allowed:
                detail = _("You have no mentor of this id.")
                faults.append(Fault(row.number, PEER_MENTOR.name, detail))
                continue
            try:
                is_new = self._check(award, existing)
            except InvalidError as error:
                faults += [
                    Fault(row.number, each.pointer.removeprefix("#/"), each.detail)
                    for each in error.faults
                ]
            else:
                outcomes.append(Outcome(row, NEW if is_new else SAME, before=award))
        note_new_mentors(self, outcomes, known, column=PEER_MENTOR.name)
        return outcomes, faults

    def write(self, outcomes: list[Outcome]) -> None:
        award_badges((outcome.before for outcome in outcomes), now=self.now)

    def _check(self, award: Award, existing: set[tuple[int, str]]) -> bool:
        """Whether the badge is one more; `InvalidError` where it can't be awarded."""
        definition = self._definitions.get(award.definition_id)
        if definition is None:
            definition = find_awarded(award.definition_id)
            self._definitions[award.definition_id] = definition
        if (definition.pk, award.mentor_id) in existing:
            return False
        check_award(award, definition, now=self.now)
        return True


def _award_of(row: Row) -> Award:
    return Award(
        definition_id=row.values[DEFINITION.name],
        mentor_id=row.values[PEER_MENTOR.name],
        awarded_at=row.values.get("awarded_at"),
        awarded_by=row.values.get("awarded_by", "system"),
    )
