"""Renewals: entries of a certification's history, the latest of which decides its dates."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.db import transaction

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
    if certification.status == CertificationStatus.REVOKED:
        raise CertificationRevoked(certification.mentor_id, certification.certification_type_id)
    if expires_at <= renewed_at:
        raise InvalidError.of_field(
            "expires_at",
            f"It has to be later than the renewal, {format_utc(renewed_at)}.",
            code="not_after_renewal",
        )
    same_moment = Renewal.objects.filter(certification=certification, renewed_at=renewed_at).first()
    if same_moment is not None and same_moment.expires_at != expires_at:
        raise RenewalExists(format_utc(renewed_at), format_utc(same_moment.expires_at))
    return same_moment


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
    is_latest = not known.filter(renewed_at__gt=renewed_at).exists()
    is_past = renewed_at < certification.issued_at and expires_at <= certification.expires_at
    renewal = Renewal.objects.create(
        certification=certification, renewed_at=renewed_at, expires_at=expires_at
    )
    if is_latest and not is_past:
        certification.issued_at = renewed_at
        certification.expires_at = expires_at
        certification.status = CertificationStatus.ACTIVE
    return renewal, True
