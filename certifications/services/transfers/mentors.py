"""A table of mentors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from certifications.models import Language, Mentor, Organisation
from certifications.services.transfers.people import MENTOR_FIELDS, MENTOR_ID, mentors_of
from config.api.fields import validate_identifier
from config.rights import is_limited
from config.transfer.columns import (
    Column,
    checked_by,
    email,
    one_of,
    show_truth,
    text_of,
    truth,
)
from config.transfer.importing import Fault, Importer, Outcome, Row, kind_of

COLUMNS = (
    MENTOR_ID,
    Column("name", _("Up to 200 characters."), "Kari Nordmann", text_of(200), labels=(_("name"),)),
    Column("email", _("Where reminders go."), "kari@example.org", email, labels=(_("email"),)),
    Column(
        "language",
        _("en or nb. Empty: en."),
        "nb",
        one_of(*Language.values),
        default=Language.ENGLISH.value,
        labels=(_("language"),),
    ),
    Column(
        "organisation_id",
        _("The id of an organisation; an unknown one is registered."),
        "likeperson-oslo",
        checked_by(validate_identifier),
        default=None,
        labels=(_("organisation"),),
    ),
    Column(
        "public_badges",
        _("true where the mentor agreed to public badges. Empty: false."),
        "false",
        truth,
        show_truth,
        default=False,
        labels=(_("public badges"),),
    ),
)
_NOTHING = {
    "name": "",
    "email": "",
    "language": Language.ENGLISH.value,
    "organisation_id": None,
    "public_badges": False,
}


def rows_to_export(mentors: QuerySet[Mentor]) -> Iterator[dict[str, Any]]:
    """The values of `COLUMNS` for each, a chunk at a time."""
    names = ("pk", "name", "email", "language", "organisation_id", "public_badges")
    for values in mentors.values(*names).iterator(chunk_size=5_000):
        yield {"mentor_id": values.pop("pk"), **values}


class MentorImporter(Importer):
    """A column that the file lacks stays as it is; an empty cell empties what stands."""

    columns = COLUMNS
    key = ("mentor_id",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        #: Those that rows named and that are known; None stands for no organisation.
        self._organisations: set[str | None] = {None}

    def check(self, rows: list[Row], *, lock: bool) -> tuple[list[Outcome], list[Fault]]:
        mentors, allowed = mentors_of(
            (row.values["mentor_id"] for row in rows), self.account, lock=lock
        )
        limited = self.account is not None and is_limited(self.account)
        own: set[str] = set()
        if self.account is not None and limited:
            visible = Organisation.objects.visible_to(self.account)
            own = set(visible.values_list("pk", flat=True))
        outcomes, faults = [], []
        for row in rows:
            mentor = mentors.get(row.values["mentor_id"])
            if row.values["mentor_id"] not in allowed:
                faults.append(Fault(row.number, "mentor_id", _("This id is taken.")))
                continue
            before = _values(mentor) if mentor else None
            after = {**(before or {"mentor_id": row.values["mentor_id"], **_NOTHING}), **row.values}
            if limited and after["organisation_id"] not in own:
                detail = _("Name one of your organisations.")
                faults.append(Fault(row.number, "organisation_id", detail))
                continue
            row.values = after
            outcomes.append(Outcome(row, kind_of(COLUMNS, before, after), before, mentor))
        self._note_new_organisations(outcomes)
        return outcomes, faults

    def _note_new_organisations(self, outcomes: list[Outcome]) -> None:
        named = {each.row.values["organisation_id"]: each.row.number for each in reversed(outcomes)}
        known = Organisation.objects.filter(pk__in=named.keys() - {None, *self._organisations})
        self._organisations.update(known.values_list("pk", flat=True))
        new = [(name, row) for name, row in named.items() if name not in self._organisations]
        self.new_names.add(_("organisation"), sorted(new, key=itemgetter(1)), _organisation_ids)

    def write(self, outcomes: list[Outcome]) -> None:
        named = {outcome.row.values["organisation_id"] for outcome in outcomes} - {None}
        known = set(Organisation.objects.filter(pk__in=named).values_list("pk", flat=True))
        for organisation_id in sorted(named - known):
            Organisation.objects.create(id=organisation_id, name=organisation_id)
        staging = self.staging(Mentor, MENTOR_FIELDS, ["id"])
        staging.load(self._staged(outcome) for outcome in outcomes)
        staging.upsert()
        self.record(staging)

    def _staged(self, outcome: Outcome) -> tuple[Any, ...]:
        values = outcome.row.values
        mentor: Mentor | None = outcome.before
        return (
            values["mentor_id"],
            values["name"],
            values["email"],
            values["language"],
            values["organisation_id"],
            values["public_badges"],
            mentor.created_at if mentor else self.now,
            self.now,
            mentor is None,
        )


def _organisation_ids(_name: str) -> Iterable[str]:
    return Organisation.objects.order_by("pk").values_list("pk", flat=True)


def _values(mentor: Mentor) -> dict[str, Any]:
    return {
        "mentor_id": mentor.pk,
        "name": mentor.name,
        "email": mentor.email,
        "language": mentor.language,
        "organisation_id": mentor.organisation_id,
        "public_badges": mentor.public_badges,
    }
