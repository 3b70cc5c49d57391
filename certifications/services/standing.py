"""What coordinators do with certifications, many at once: renew, suspend, revoke.

Each of these happens to all that are named or to none; the error names every one that stands
against it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from certifications.errors import CertificationsNotSuspendable, RenewalsRefused
from certifications.models import Certification, CertificationStatus
from certifications.services.mentors import lock_mentor
from certifications.services.renewals import record_renewal, refuse_ahead, refuse_suspended
from config.errors import DomainError, InvalidError
from config.saving import save_with_history

#: As long as the history has room for.
REASON_LENGTH = 100


@transaction.atomic
def renew_certifications(
    *,
    certifications: Iterable[Certification],
    renewed_at: datetime,
    expires_at: datetime,
    now: datetime,
    ends_suspensions: bool = False,
) -> int:
    """Append the same renewal to each; returns how many had it not yet.

    A renewal makes a certification active. Suspended ones are among them only with
    `ends_suspensions`; else `SuspensionsStand` names them. Raises `RenewalsRefused` with what
    stands against it, certification by certification, and `InvalidError` where the renewal has yet
    to come.
    """
    refuse_ahead("renewed_at", renewed_at, now)
    locked = _locked(certifications)
    if not ends_suspensions:
        refuse_suspended(locked)
    refusals: dict[str, str] = {}
    renewed = 0
    for certification in locked:
        try:
            outcome = record_renewal(
                certification, renewed_at=renewed_at, expires_at=expires_at, now=now
            )
        except DomainError as error:
            refusals[str(certification)] = error.detail
            continue
        if outcome.appended:
            certification.updated_at = now
            save_with_history(certification)
            renewed += 1
    if refusals:
        raise RenewalsRefused(refusals)
    return renewed


@transaction.atomic
def suspend_certifications(
    *, certifications: Iterable[Certification], reason: str, now: datetime
) -> int:
    """Suspend active ones; returns how many were not suspended yet.

    `reason` (up to 100 characters) goes into their history. Raises `CertificationsNotSuspendable`
    where one is expired or revoked.
    """
    check_reason(reason)
    locked = _locked(certifications)
    allowed = (CertificationStatus.ACTIVE, CertificationStatus.SUSPENDED)
    if others := [row for row in locked if row.status not in allowed]:
        raise CertificationsNotSuspendable([str(row) for row in others])
    return _set_status(locked, CertificationStatus.SUSPENDED, reason, now)


@transaction.atomic
def revoke_certifications(
    *, certifications: Iterable[Certification], reason: str, now: datetime
) -> int:
    """Revoke them; returns how many were not revoked yet. `reason` goes into their history."""
    check_reason(reason)
    return _set_status(_locked(certifications), CertificationStatus.REVOKED, reason, now)


def _locked(certifications: Iterable[Certification]) -> list[Certification]:
    """The rows as they are now, their mentors locked, always in the same order."""
    wanted = Certification.objects.filter(pk__in=[row.pk for row in certifications])
    for mentor_id in wanted.order_by("mentor_id").values_list("mentor_id", flat=True).distinct():
        lock_mentor(mentor_id)
    return list(wanted.select_related("mentor", "certification_type").order_by("mentor_id", "pk"))


def _set_status(
    certifications: Iterable[Certification],
    status: CertificationStatus,
    reason: str,
    now: datetime,
) -> int:
    changed = 0
    for certification in certifications:
        if certification.status != status:
            certification.status = status
            certification.updated_at = now
            # Read by what writes the line of this change.
            certification._change_reason = reason.strip()  # type: ignore[attr-defined]
            save_with_history(certification)
            changed += 1
    return changed


def check_reason(reason: str) -> None:
    """`InvalidError` unless the history has room for the reason."""
    if not 0 < len(reason.strip()) <= REASON_LENGTH:
        raise InvalidError.of_field(
            "reason", f"Give a reason of 1 to {REASON_LENGTH} characters.", code="reason"
        )
