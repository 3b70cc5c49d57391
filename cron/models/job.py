"""Scheduled jobs: an expiry check with the beat row that fires it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import OuterRef, Prefetch, Subquery
from django.utils.timezone import now as current_time
from django.utils.translation import gettext_lazy as _
from django_celery_beat.models import PeriodicTask

from config.api.public_ids import PublicId
from cron.schedule import CronSchedule

if TYPE_CHECKING:
    from cron.models.run import ExpiryCheckRun

CRON_ID = PublicId("cron", digits=3)
DEFAULT_GRACE_SECONDS = 3600


class ExpiryCheckJobQuerySet(models.QuerySet["ExpiryCheckJob"]):
    def enabled(self) -> ExpiryCheckJobQuerySet:
        """Jobs that beat fires."""
        return self.filter(periodic_task__enabled=True)

    def with_last_good_run(self) -> ExpiryCheckJobQuerySet:
        """Each with `last_good_at`: when its latest run began that did the work; None without."""
        from cron.models.run import ExpiryCheckRun

        good = ExpiryCheckRun.objects.good().filter(job=OuterRef("pk"))
        latest = good.order_by("-started_at", "-id").values("started_at")[:1]
        return self.annotate(last_good_at=Subquery(latest))

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

    # Those below have defaults in the database, for versions of the code that don't know them.
    grace_seconds = models.PositiveIntegerField(
        _("grace time"),
        default=DEFAULT_GRACE_SECONDS,
        db_default=DEFAULT_GRACE_SECONDS,
        validators=[MinValueValidator(60), MaxValueValidator(31 * 24 * 3600)],
        help_text=_("Seconds after which a run that has not succeeded is missed."),
    )
    ping_url = models.CharField(
        _("ping URL"),
        max_length=2000,
        blank=True,
        default="",
        db_default="",
        help_text=_(
            "Called when a run succeeds; with /start after it when one begins, with /fail when one "
            "fails (as healthchecks.io has it)."
        ),
    )
    #: Of the lapse that goes on: the first slot that was missed.
    lapsed_slot = models.DateTimeField(_("missed since"), null=True, editable=False)
    #: When the mail about that is due; empty once it went out.
    lapse_notice_due_at = models.DateTimeField(_("lapse notice due at"), null=True, editable=False)

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

    def missed_slot(self, now: datetime) -> datetime | None:
        """The first slot whose grace time is over without a run that did the work; None otherwise.

        A run that began after the slot counts, whoever asked for it. Of a job that was read by
        `with_last_good_run`.
        """
        if not self.enabled:
            return None
        last_good_at: datetime | None = getattr(self, "last_good_at")  # noqa: B009 (annotated)
        since = max(self.scheduled_since, last_good_at or self.scheduled_since)
        slot = self.schedule.next_after(since)
        return slot if slot + timedelta(seconds=self.grace_seconds) <= now else None

    def next_run_at(self, now: datetime) -> datetime | None:
        """The next slot after `now`, in UTC; None while disabled."""
        return self.schedule.next_after(now) if self.enabled else None
