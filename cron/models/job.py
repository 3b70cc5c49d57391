"""Scheduled jobs: an expiry check with the beat row that fires it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Prefetch
from django.utils.timezone import now as current_time
from django.utils.translation import gettext_lazy as _
from django_celery_beat.models import PeriodicTask

from config.api.public_ids import PublicId
from cron.schedule import CronSchedule

if TYPE_CHECKING:
    from cron.models.run import ExpiryCheckRun

CRON_ID = PublicId("cron", digits=3)


class ExpiryCheckJobQuerySet(models.QuerySet["ExpiryCheckJob"]):
    def enabled(self) -> ExpiryCheckJobQuerySet:
        """Jobs that beat fires."""
        return self.filter(periodic_task__enabled=True)

    def with_last_run(self) -> ExpiryCheckJobQuerySet:
        """Each with `last_runs`: its latest run that was not a dry one, if there is one."""
        from cron.models.run import ExpiryCheckRun

        real = ExpiryCheckRun.objects.filter(dry_run=False).order_by("-started_at", "-id")
        return self.prefetch_related(Prefetch("runs", queryset=real[:1], to_attr="last_runs"))


class ExpiryCheckJob(models.Model):
    """A job. Whether it is enabled and when beat fires it stands in its `PeriodicTask` alone."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    cron_expression = models.CharField(_("cron expression"), max_length=200)
    timezone = models.CharField(_("timezone"), max_length=64, default="UTC")
    periodic_task = models.OneToOneField(
        PeriodicTask,
        verbose_name=_("periodic task"),
        on_delete=models.PROTECT,
        related_name="expiry_check_job",
        editable=False,
    )
    created_at = models.DateTimeField(_("created at"), default=current_time, editable=False)
    updated_at = models.DateTimeField(_("updated at"), default=current_time, editable=False)
    #: Since when the schedule is as it is: no earlier slot is owed.
    scheduled_since = models.DateTimeField(
        _("scheduled since"), default=current_time, editable=False
    )

    objects = ExpiryCheckJobQuerySet.as_manager()

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")

    def __str__(self) -> str:
        return self.name

    @property
    def public_id(self) -> str:
        return CRON_ID.format(self.pk)

    @property
    def enabled(self) -> bool:
        return bool(self.periodic_task.enabled)

    @property
    def last_run(self) -> ExpiryCheckRun | None:
        """The latest run that was not a dry one, of a job read by `with_last_run`."""
        runs: list[ExpiryCheckRun] = getattr(self, "last_runs")  # noqa: B009 (prefetched)
        return runs[0] if runs else None

    @property
    def status(self) -> str:
        return "active" if self.enabled else "disabled"

    @property
    def schedule(self) -> CronSchedule:
        return CronSchedule(self.cron_expression, ZoneInfo(self.timezone))

    def next_run_at(self, now: datetime) -> datetime | None:
        """The next slot after `now`, in UTC; None while disabled."""
        return self.schedule.next_after(now) if self.enabled else None
