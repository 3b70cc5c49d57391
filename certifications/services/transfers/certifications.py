"""A table of certifications: one row each, by mentor and type."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from certifications.models import Certification, CertificationStatus
from certifications.services.renewals import refuse_ahead
from certifications.services.transfers.people import (
    MENTOR_ID,
    mentors_of,
    note_new_mentors,
    register_mentors,
)
from certifications.services.transfers.types import TYPE, NamesTypes
from config.api.fields import format_utc
from config.errors import InvalidError
from config.rights import is_limited
from config.transfer.columns import Column, moment, one_of, show_moment
from config.transfer.importing import Fault, Outcome, Row, kind_of

FIELDS = (
    "mentor",
    "certification_type",
    "status",
    "issued_at",
    "expires_at",
    "created_at",
    "updated_at",
)
EXPIRES = (_("expires at"), _("expires"), _("expiry date"))
COLUMNS = (
    MENTOR_ID,
    TYPE,
    Column(
        "status",
        _("active, expired, suspended or revoked. Empty: as it is, or active."),
        "active",
        one_of(*CertificationStatus.values),
        default=None,
        labels=(_("status"),),
    ),
    Column(
        "issued_at",
        _("ISO 8601, UTC unless it says otherwise. Empty: as it is, or now."),
        "2026-01-01",
        moment,
        show_moment,
        default=None,
        labels=(_("issued at"), _("issued")),
    ),
    Column(
        "expires_at",
        _("Later than issued_at."),
        "2027-01-01",
        moment,
        show_moment,
        required=True,
        labels=EXPIRES,
    ),
)


def rows_to_export(certifications: QuerySet[Certification]) -> Iterator[dict[str, Any]]:
    """The values of `COLUMNS` for each, a chunk at a time."""
    names = [column.name for column in COLUMNS]
    for values in certifications.values_list(*names).iterator(chunk_size=5_000):
        yield dict(zip(names, values, strict=True))


class CertificationImporter(NamesTypes):
    """New ones are recorded, those that stand get what their row says. Renewals stay."""

    columns = COLUMNS
    key = ("mentor_id", "certification_type")

    def __init__(self, account: User | None, now: datetime, reason: str = "") -> None:
        super().__init__(account, now, reason)
        #: What a new one is where its row does not say.
        self._new = {
            "status": CertificationStatus.ACTIVE.value,
            "issued_at": now.replace(microsecond=0),
        }

    def check(self, rows: list[Row], *, lock: bool) -> tuple[list[Outcome], list[Fault]]:
        mentors, allowed = mentors_of(
            (row.values["mentor_id"] for row in rows), self.account, lock=lock
        )
        limited = self.account is not None and is_limited(self.account)
        held: dict[tuple[str, str], dict[str, Any]] = {
            (values["mentor_id"], values["certification_type"]): {**values}
            for values in Certification.objects.filter(mentor__in=mentors).values(
                "mentor_id", "certification_type", "status", "issued_at", "expires_at", "created_at"
            )
        }
        outcomes, faults = [], []
        for row in rows:
            mentor_id = row.values["mentor_id"]
            if mentor_id not in allowed or (limited and mentor_id not in mentors):
                faults.append(Fault(row.number, "mentor_id", _("You have no mentor of this id.")))
                continue
            before = held.get((mentor_id, row.values["certification_type"]))
            after = self._after(row, before)
            if fault := self._fault_of_dates(row.number, before, after):
                faults.append(fault)
                continue
            row.values = after
            outcomes.append(Outcome(row, kind_of(COLUMNS, before, after), before, before))
        self._unknown_mentors = note_new_mentors(self, outcomes, mentors)
        self._note_new_types(outcomes)
        return outcomes, faults

    def write(self, outcomes: list[Outcome]) -> None:
        register_mentors(self, self._unknown_mentors)
        for code in sorted({outcome.row.values["certification_type"] for outcome in outcomes}):
            self.types.register(code)
        staging = self.staging(Certification, FIELDS, ["mentor", "certification_type"])
        staging.load(self._staged(outcome) for outcome in outcomes)
        staging.upsert()
        self.record(staging)

    def _after(self, row: Row, before: dict[str, Any] | None) -> dict[str, Any]:
        """The columns of the certification as the row leaves them."""
        stands = before or self._new
        given = row.values
        return {
            "mentor_id": given["mentor_id"],
            "certification_type": given["certification_type"],
            "status": given.get("status") or stands["status"],
            "issued_at": given.get("issued_at") or stands["issued_at"],
            "expires_at": given["expires_at"],
        }

    def _staged(self, outcome: Outcome) -> tuple[Any, ...]:
        values = outcome.row.values
        created_at = outcome.before["created_at"] if outcome.before else self.now
        return (
            values["mentor_id"],
            values["certification_type"],
            values["status"],
            values["issued_at"],
            values["expires_at"],
            created_at,
            self.now,
            outcome.before is None,
        )

    def _note_new_types(self, outcomes: list[Outcome]) -> None:
        rows = [(each.row.values["certification_type"], each.row.number) for each in outcomes]
        known = self.types.codes
        new = [(code, number) for code, number in rows if code not in known]
        self.new_names.add(_("certification type"), new, lambda _code: known)

    def _fault_of_dates(
        self, number: int, before: dict[str, Any] | None, after: dict[str, Any]
    ) -> Fault | None:
        """Why the certification can't have these dates; None where it can."""
        if after["expires_at"] <= after["issued_at"]:
            issued = format_utc(after["issued_at"])
            detail = _("It has to be later than the date of issue, %(issued)s.")
            return Fault(number, "expires_at", detail % {"issued": issued})
        if before is None or before["issued_at"] == after["issued_at"]:
            return None
        try:
            refuse_ahead("issued_at", after["issued_at"], self.now)
        except InvalidError as error:
            return Fault(number, "issued_at", error.faults[0].detail)
        return None
