"""What a person enters or corrects by hand, in the form of a certification."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from certifications.errors import CertificationChanged
from certifications.models import Certification, CertificationStatus
from certifications.models.certification import days_until
from certifications.services.certifications import save_certification
from certifications.services.mentors import lock_mentor
from certifications.services.renewals import record_renewal, refuse_ahead


class Columns(NamedTuple):
    """What the form of a certification shows."""

    status: str
    issued_at: datetime
    expires_at: datetime


@transaction.atomic
def enter_certification(*, certification: Certification, now: datetime) -> None:
    """Save a new certification; `InvalidError` if it would expire before its issue."""
    lock_mentor(certification.mentor_id)
    save_certification(certification, now=now)


@transaction.atomic
def correct_certification(
    *, certification: Certification, shown: Columns, entered: Columns, now: datetime
) -> Certification:
    """Change a certification from what a form showed to what was entered; returns it as it stands.

    1. `CertificationChanged` where the row is no longer as it was shown: nothing that somebody else
       wrote meanwhile is taken back.
    2. A later day of expiry, ahead, of one that is neither suspended nor revoked, with nothing else
       changed, is a renewal as of `now`, as in PUT of contract 2.
    3. Anything else is a correction, as in PUT of contract 1. An `expired` that nobody touched ends
       where the new day lies ahead: it was stored because of the old one.

    `InvalidError` if it would expire before its issue, or if its issue is moved to what has yet to
    come.
    """
    lock_mentor(certification.mentor_id)
    row = Certification.objects.select_related("certification_type").get(pk=certification.pk)
    if _columns(row) != shown:
        raise CertificationChanged(row.mentor_id, row.certification_type_id)
    if _is_renewal(row, shown, entered, now):
        renewed_at = now.replace(microsecond=0)
        record_renewal(row, renewed_at=renewed_at, expires_at=entered.expires_at, now=now)
    else:
        if entered.issued_at != shown.issued_at:
            refuse_ahead("issued_at", entered.issued_at, now)
        row.status, row.issued_at, row.expires_at = entered
        if _is_expired_by_its_old_day(shown, entered, now):
            row.status = CertificationStatus.ACTIVE
    save_certification(row, now=now)
    return row


def _columns(row: Certification) -> Columns:
    return Columns(row.status, row.issued_at, row.expires_at)


def _is_renewal(row: Certification, shown: Columns, entered: Columns, now: datetime) -> bool:
    others_stay = entered._replace(expires_at=shown.expires_at) == shown
    renewable = (CertificationStatus.ACTIVE, CertificationStatus.EXPIRED)
    is_later = days_until(entered.expires_at, shown.expires_at) > 0
    return others_stay and row.status in renewable and is_later and entered.expires_at > now


def _is_expired_by_its_old_day(shown: Columns, entered: Columns, now: datetime) -> bool:
    return (
        shown.status == entered.status == CertificationStatus.EXPIRED
        and entered.expires_at != shown.expires_at
        and entered.expires_at > now
    )
