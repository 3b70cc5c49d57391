"""Scheduled jobs: an expiry check with the beat row that fires it."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import OuterRef, Subquery
from django.utils.timezone import now as current_time
from django_celery_beat.models import PeriodicTask

from config.api.public_ids import PublicId
from cron.schedule import CronSchedule

CRON_ID = PublicId("cron", digits=3)


class ExpiryCheckJobQuerySet(models.QuerySet["ExpiryCheckJob"]):
    def enabled(self) -> ExpiryCheckJobQuerySet:
        """Jobs that beat fires."""
        return self.filter(periodic_task__enabled=True)

    def with_last_run(self) -> ExpiryCheckJobQuerySet:
        """Each with `last_run_id` of its latest run that was not a dry one, or None."""
        from cron.models.run import ExpiryCheckRun

        latest = ExpiryCheckRun.objects.filter(job=OuterRef("pk"), dry_run=False)
        return self.annotate(
            last_run_id=Subquery(latest.order_by("-started_at", "-id").values("pk")[:1])
        )


class ExpiryCheckJob(models.Model):
    """A job. Whether it is enabled and when beat fires it stands in its `PeriodicTask` alone."""

    name = models.CharField(max_length=100, unique=True)
    cron_expression = models.CharField(max_length=200)
    timezone = models.CharField(max_length=64, default="UTC")
    periodic_task = models.OneToOneField(
        PeriodicTask, on_delete=models.PROTECT, related_name="expiry_check_job", editable=False
    )
    created_at = models.DateTimeField(default=current_time, editable=False)
    updated_at = models.DateTimeField(default=current_time, editable=False)
    #: Since when the schedule is as it is: no earlier slot is owed.
    scheduled_since = models.DateTimeField(default=current_time, editable=False)

    objects = ExpiryCheckJobQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    @property
    def public_id(self) -> str:
        return CRON_ID.format(self.pk)

    @property
    def enabled(self) -> bool:
        return self.periodic_task.enabled

    @property
    def status(self) -> str:
        return "active" if self.enabled else "disabled"

    @property
    def schedule(self) -> CronSchedule:
        return CronSchedule(self.cron_expression, ZoneInfo(self.timezone))

    def next_run_at(self, now: datetime) -> datetime | None:
        """The next slot after `now`, in UTC; None while disabled."""
        return self.schedule.next_after(now) if self.enabled else None
