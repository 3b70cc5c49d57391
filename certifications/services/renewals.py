"""Renewals: entries of a certification's history, the latest of which decides its dates."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import Max

from certifications.errors import CertificationRevoked, RenewalExists
from certifications.models import Certification, CertificationStatus, Renewal
from certifications.services.mentors import lock_mentor
from config.api.fields import format_utc
from config.errors import InvalidError


class RenewalOutcome(NamedTuple):
    """What came of appending: `appended` is false when the same entry stood there already."""

    certification: Certification
    renewal: Renewal
    appended: bool
    total: int


@transaction.atomic
def append_renewal(
    *,
    mentor_id: str,
    named_type: str | None,
    renewed_at: datetime,
    expires_at: datetime,
    now: datetime,
) -> RenewalOutcome:
    """Add an entry to the history of the named or current certification (contract 1).

    Raises `CertificationRevoked`, or `RenewalExists` where another entry has that `renewed_at`.
    """
    lock_mentor(mentor_id)
    certification = Certification.objects.current_for(mentor_id, named_type)
    renewal, appended = record_renewal(certification, renewed_at=renewed_at, expires_at=expires_at)
    if appended:
        certification.updated_at = now
        certification.save()
    return RenewalOutcome(certification, renewal, appended, certification.renewals.count())


def check_renewal(
    certification: Certification, *, renewed_at: datetime, expires_at: datetime
) -> Renewal | None:
    """Raise the error that stands against this renewal; returns the same entry if it is there."""
    same_moment = Renewal.objects.filter(certification=certification, renewed_at=renewed_at).first()
    refuse_unsound(
        certification,
        renewed_at=renewed_at,
        expires_at=expires_at,
        on_record=same_moment.expires_at if same_moment else None,
    )
    return same_moment


def refuse_unsound(
    certification: Certification,
    *,
    renewed_at: datetime,
    expires_at: datetime,
    on_record: datetime | None,
) -> None:
    """Raise the error that stands against a renewal.

    `on_record` is the expiry of the entry that has the same `renewed_at`, if there is one.
    """
    if certification.status == CertificationStatus.REVOKED:
        raise CertificationRevoked(certification.mentor_id, certification.certification_type_id)
    if expires_at <= renewed_at:
        raise InvalidError.of_field(
            "expires_at",
            f"It has to be later than the renewal, {format_utc(renewed_at)}.",
            code="not_after_renewal",
        )
    if on_record is not None and on_record != expires_at:
        raise RenewalExists(format_utc(renewed_at), format_utc(on_record))


def record_renewal(
    certification: Certification, *, renewed_at: datetime, expires_at: datetime
) -> tuple[Renewal, bool]:
    """Write the entry and set the certification's dates and status, without saving those.

    The entry with the latest `renewed_at` decides them, unless it is a late addition to the past:
    one from before the date of issue that ends no later than the certification does.
    The caller holds the mentor's lock. Returns the entry and whether it is new.
    """
    same = check_renewal(certification, renewed_at=renewed_at, expires_at=expires_at)
    if same is not None:
        return same, False
    known = Renewal.objects.filter(certification=certification)
    latest = known.aggregate(latest=Max("renewed_at"))["latest"]
    renewal = Renewal.objects.create(
        certification=certification, renewed_at=renewed_at, expires_at=expires_at
    )
    apply_renewal(certification, renewed_at=renewed_at, expires_at=expires_at, latest=latest)
    return renewal, True


def apply_renewal(
    certification: Certification,
    *,
    renewed_at: datetime,
    expires_at: datetime,
    latest: datetime | None,
) -> bool:
    """Set the certification's dates and status by a new entry, if it decides them; says whether.

    `latest` is the latest `renewed_at` of the entries that were on record before.
    """
    is_latest = latest is None or renewed_at > latest
    is_past = renewed_at < certification.issued_at and expires_at <= certification.expires_at
    if not is_latest or is_past:
        return False
    certification.issued_at = renewed_at
    certification.expires_at = expires_at
    certification.status = CertificationStatus.ACTIVE
    return True
