"""How many mentors a run has checked: the one figure that costs more the more rows there are.

No reminder waits for it: it is counted once senders are at work, and at the latest when the run is
closed.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef

from certifications.models import Certification, CertificationStatus
from cron.models import ExpiryCheckRun


def mentors_checked(*, expired_at: datetime | None = None) -> int:
    """How many mentors hold an active certification, or one whose expiry was stored `expired_at`.

    Exact. The first part walks along the index of active certifications by mentor and reads no
    table; the second is as large as what the run has expired.
    """
    active = Certification.objects.filter(status=CertificationStatus.ACTIVE)
    holding = active.order_by().values("mentor").distinct().count()
    if expired_at is None:
        return holding
    lost = Certification.objects.filter(
        ~Exists(active.filter(mentor=OuterRef("mentor"))),
        status=CertificationStatus.EXPIRED,
        updated_at=expired_at,
    )
    return holding + lost.order_by().values("mentor").distinct().count()


def count_mentors(run_id: int) -> None:
    """Write the figure of a planned run, if nobody has done so yet."""
    uncounted = ExpiryCheckRun.objects.filter(
        pk=run_id, planned_at__isnull=False, mentors_checked__isnull=True
    )
    for planned_at in uncounted.values_list("planned_at", flat=True):
        uncounted.update(mentors_checked=mentors_checked(expired_at=planned_at))
