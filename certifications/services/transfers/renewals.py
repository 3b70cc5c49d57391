"""A table of renewals: entries to append to the histories of certifications."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import F, Max, QuerySet
from django.utils.translation import gettext_lazy as _

from certifications.models import Certification, CertificationStatus, Renewal
from certifications.services.renewals import (
    apply_renewal,
    can_decide,
    refuse_unsound,
    tells_of_the_past,
)
from certifications.services.transfers.certifications import EXPIRES, FIELDS
from certifications.services.transfers.people import MENTOR_ID, mentors_of
from certifications.services.transfers.types import TYPE, NamesTypes
from config.errors import DomainError, InvalidError
from config.transfer.columns import Column, moment, show_moment
from config.transfer.importing import NEW, SAME, Fault, Outcome, Row

COLUMNS = (
    MENTOR_ID,
    TYPE,
    Column(
        "renewed_at",
        _("ISO 8601, UTC unless it says otherwise."),
        "2026-01-01",
        moment,
        show_moment,
        required=True,
        labels=(_("renewed at"), _("renewed")),
    ),
    Column(
        "expires_at",
        _("Later than renewed_at."),
        "2027-01-01",
        moment,
        show_moment,
        required=True,
        labels=EXPIRES,
    ),
)


def rows_to_export(renewals: QuerySet[Renewal]) -> Iterator[dict[str, Any]]:
    """The values of `COLUMNS` for each, a chunk at a time."""
    rows = renewals.values_list(
        "certification__mentor_id",
        "certification__certification_type_id",
        "renewed_at",
        "expires_at",
    )
    for values in rows.iterator(chunk_size=5_000):
        yield dict(zip((column.name for column in COLUMNS), values, strict=True))


class RenewalImporter(NamesTypes):
    """Entries are appended, never changed; the latest one decides a certification's dates."""

    columns = COLUMNS
    key = ("mentor_id", "certification_type", "renewed_at")

    def check(self, rows: list[Row], *, lock: bool) -> tuple[list[Outcome], list[Fault]]:
        mentors, allowed = mentors_of(
            (row.values["mentor_id"] for row in rows), self.account, lock=lock
        )
        held = {
            (row.mentor_id, row.certification_type_id): row
            for row in Certification.objects.filter(mentor__in=mentors.keys() & allowed)
        }
        on_record = {
            (certification, renewed_at): expires_at
            for certification, renewed_at, expires_at in Renewal.objects.filter(
                certification__in=[row.pk for row in held.values()]
            ).values_list("certification", "renewed_at", "expires_at")
        }
        outcomes, faults = [], []
        for row in rows:
            values = row.values
            certification = held.get((values["mentor_id"], values["certification_type"]))
            if certification is None:
                detail = _("You have no certification of this mentor and type.")
                faults.append(Fault(row.number, "mentor_id", detail))
                continue
            stands = on_record.get((certification.pk, values["renewed_at"]))
            dates = {"renewed_at": values["renewed_at"], "expires_at": values["expires_at"]}
            try:
                refuse_unsound(certification, **dates, on_record=stands, now=self.now)
            except InvalidError as error:
                (fault,) = error.faults
                column = fault.pointer.removeprefix("#/")
                faults.append(Fault(row.number, column, fault.detail))
            except DomainError as error:
                faults.append(Fault(row.number, "", error.detail))
            else:
                kind = NEW if stands is None else SAME
                if kind == NEW and self._ends_suspension(certification, **dates):
                    detail = _("It would end a suspension. Renew it in the list of certifications.")
                    faults.append(Fault(row.number, "mentor_id", detail))
                    continue
                outcomes.append(Outcome(row, kind, before=certification))
        return outcomes, faults

    def _ends_suspension(self, certification: Certification, **dates: datetime) -> bool:
        is_suspended = certification.status == CertificationStatus.SUSPENDED
        return is_suspended and not tells_of_the_past(certification, **dates, now=self.now)

    def write(self, outcomes: list[Outcome]) -> None:
        renewals = self.staging(
            Renewal,
            ["certification", "renewed_at", "expires_at", "created_at"],
            ["certification", "renewed_at"],
        )
        latest = self._latest(outcomes)
        renewed: dict[int, Certification] = {}
        for outcome in sorted(outcomes, key=lambda each: each.row.values["renewed_at"]):
            certification: Certification = outcome.before
            renewed_at = outcome.row.values["renewed_at"]
            expires_at = outcome.row.values["expires_at"]
            if apply_renewal(
                certification,
                renewed_at=renewed_at,
                expires_at=expires_at,
                latest=latest.get(certification.pk),
                now=self.now,
            ):
                renewed[certification.pk] = certification
            if expires_at > self.now or expires_at >= certification.expires_at:
                latest[certification.pk] = max(renewed_at, latest.get(certification.pk, renewed_at))
        renewals.load(
            (
                outcome.before.pk,
                outcome.row.values["renewed_at"],
                outcome.row.values["expires_at"],
                self.now,
                True,
            )
            for outcome in outcomes
        )
        renewals.upsert()
        self.record(renewals)
        certifications = self.staging(Certification, FIELDS, ["mentor", "certification_type"])
        certifications.load(
            (
                row.mentor_id,
                row.certification_type_id,
                row.status,
                row.issued_at,
                row.expires_at,
                row.created_at,
                self.now,
                False,
            )
            for row in renewed.values()
        )
        certifications.upsert()
        self.record(certifications)

    def _latest(self, outcomes: list[Outcome]) -> dict[int, datetime]:
        """The latest renewal on record that can decide, of each certification that is renewed."""
        known = Renewal.objects.filter(
            can_decide(expires_at=F("certification__expires_at"), now=self.now),
            certification__in={each.before.pk for each in outcomes},
        )
        return dict(
            known.order_by()
            .values("certification")
            .annotate(latest=Max("renewed_at"))
            .values_list("certification", "latest")
        )
