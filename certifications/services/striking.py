"""Striking out renewals that were entered by mistake.

1. The entry leaves the renewals; its history keeps it, with who struck it out, when and why.
2. The certification's dates are counted anew: it begins with the last dates that no entry made,
   which its history has, and every entry that came after these and is left decides by the usual
   rules.
3. Where the history has no such dates any more, the entries that are left decide by themselves;
   where there are none, the dates stay as they are, for whoever struck out the entry to correct.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from certifications.models import Certification, CertificationStatus, Renewal
from certifications.services.mentors import lock_mentor
from certifications.services.renewals import apply_renewal
from certifications.services.standing import REASON_LENGTH, check_reason
from config.saving import save_with_history


@transaction.atomic
def strike_renewals(*, renewals: Iterable[Renewal], reason: str, now: datetime) -> int:
    """Strike the entries out; returns how many there were.

    `reason` (1 to 100 characters, else `InvalidError`) goes into the history of each entry and of
    its certification.
    """
    check_reason(reason)
    wanted = Renewal.objects.filter(pk__in=[row.pk for row in renewals])
    holders = wanted.order_by("certification__mentor").values_list("certification__mentor")
    for (mentor_id,) in holders.distinct():
        lock_mentor(mentor_id)
    struck = list(wanted.select_related("certification").order_by("certification", "renewed_at"))
    for renewal in struck:
        # Read by simple-history as it writes the line of this change.
        renewal._change_reason = reason.strip()  # type: ignore[attr-defined]
        renewal.delete()
    for certification in {row.certification_id: row.certification for row in struck}.values():
        gone = [row for row in struck if row.certification_id == certification.pk]
        _count_anew(certification, gone, now)
        certification.updated_at = now
        days = ", ".join(f"{row.renewed_at:%Y-%m-%d}" for row in gone)
        text = f"Renewal of {days} struck out: {reason.strip()}"
        certification._change_reason = text[:REASON_LENGTH]  # type: ignore[attr-defined]
        save_with_history(certification)
    return len(struck)


def _count_anew(certification: Certification, struck: Iterable[Renewal], now: datetime) -> None:
    """Set dates and status by what is left, without saving them."""
    left = certification.renewals.order_by("renewed_at")
    base = _last_dates_of_no_entry(certification, struck)
    if base is not None:
        certification.issued_at, certification.expires_at = base.issued_at, base.expires_at
        left = left.filter(created_at__gte=base.history_date)
    elif first := left.first():
        certification.issued_at, certification.expires_at = first.renewed_at, first.expires_at
    status, latest = certification.status, None
    decided = base is None
    for entry in left:
        dates = {"renewed_at": entry.renewed_at, "expires_at": entry.expires_at}
        if apply_renewal(certification, **dates, latest=latest, now=now):
            decided, latest = True, entry.renewed_at
    _set_status(certification, status, None if decided or base is None else base.status, now)


def _set_status(
    certification: Certification, status: str, status_before: str | None, now: datetime
) -> None:
    """A suspension or revocation stays; what a struck entry has made active is as it was."""
    if status in (CertificationStatus.SUSPENDED, CertificationStatus.REVOKED):
        certification.status = status
    elif status_before in (CertificationStatus.SUSPENDED, CertificationStatus.REVOKED):
        certification.status = status_before
    else:
        is_over = certification.expires_at <= now
        certification.status = (
            CertificationStatus.EXPIRED if is_over else CertificationStatus.ACTIVE
        )


def _last_dates_of_no_entry(certification: Certification, struck: Iterable[Renewal]) -> Any:
    """The latest line of the history whose dates are those of no renewal; None without one."""
    entries = Renewal.history.filter(certification_id=certification.pk)
    dates = set(entries.values_list("renewed_at", "expires_at"))
    dates |= {(row.renewed_at, row.expires_at) for row in struck}
    lines = Certification.history.filter(id=certification.pk).order_by(
        "-history_date", "-history_id"
    )
    return next((line for line in lines if (line.issued_at, line.expires_at) not in dates), None)
