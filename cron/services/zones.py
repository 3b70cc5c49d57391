"""In which time zone a check's day is: that of its job.

An expiry is on a day (in UTC); how far away that day is depends on which day it is today.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from cron.models import ExpiryCheckJob, ExpiryCheckRun


def zone_of(run: ExpiryCheckRun) -> tzinfo:
    """The zone of the run's job; of a run without one, that of the checks."""
    return ZoneInfo(run.job.timezone) if run.job is not None else zone_of_checks()


def zone_of_checks(enabled: Sequence[ExpiryCheckJob] | None = None) -> tzinfo:
    """The zone of the enabled job that was made first, UTC where none is enabled.

    Whoever has read the `enabled` jobs in that order spares a query.
    """
    jobs = ExpiryCheckJob.objects.enabled().order_by("pk")[:1] if enabled is None else enabled
    return next((ZoneInfo(job.timezone) for job in jobs), UTC)


def in_zone_of_checks(now: datetime) -> datetime:
    """The moment `now` with the date that it has for the checks."""
    return now.astimezone(zone_of_checks())
