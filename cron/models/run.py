"""Runs of the expiry check."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from config.api.public_ids import PublicId
from cron.models.job import CRON_ID, ExpiryCheckJob

RUN_ID = PublicId("run", digits=4)


class RunStatus(models.TextChoices):
    RUNNING = "running", _("running")
    SUCCESS = "success", _("success")
    PARTIAL = "partial", _("partial")
    FAILED = "failed", _("failed")


class Trigger(models.TextChoices):
    """Who asked for a run."""

    SCHEDULE = "schedule", _("schedule")
    API = "api", _("API")
    ADMIN = "admin", _("admin")
    COMMAND = "command", _("command")


class ExpiryCheckRunQuerySet(models.QuerySet["ExpiryCheckRun"]):
    def running(self) -> ExpiryCheckRunQuerySet:
        return self.filter(status=RunStatus.RUNNING)

    def good(self) -> ExpiryCheckRunQuerySet:
        """Those that did their work, perhaps with some errors; a dry one does none.

        One that sent nothing but errors did not.
        """
        return self.filter(
            Q(status=RunStatus.SUCCESS) | Q(status=RunStatus.PARTIAL, reminders_sent__gt=0),
            dry_run=False,
        )

    def silent_since(self, moment: datetime) -> ExpiryCheckRunQuerySet:
        """Running ones that gave no sign of life since `moment`."""
        return self.running().filter(heartbeat_at__lt=moment)


class ExpiryCheckRun(models.Model):
    """One run of the check. `job` is empty for a run from the shell and once its job is deleted."""

    job = models.ForeignKey(
        ExpiryCheckJob,
        verbose_name=_("job"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="runs",
        db_index=False,  # the indexes below begin with it
    )
    slot = models.DateTimeField(
        _("slot"),
        null=True,
        blank=True,
        help_text=_("The moment of the schedule that this run is for."),
    )
    trigger = models.CharField(_("trigger"), max_length=8, choices=Trigger)
    dry_run = models.BooleanField(_("dry run"), default=False)
    status = models.CharField(
        _("status"), max_length=7, choices=RunStatus, default=RunStatus.RUNNING
    )
    started_at = models.DateTimeField(_("started at"))
    claimed_at = models.DateTimeField(
        _("claimed at"), null=True, blank=True, help_text=_("When a worker took it up.")
    )
    planned_at = models.DateTimeField(_("planned at"), null=True, blank=True)
    heartbeat_at = models.DateTimeField(_("heartbeat at"))
    completed_at = models.DateTimeField(_("completed at"), null=True, blank=True)
    mentors_checked = models.PositiveIntegerField(_("mentors checked"), null=True, blank=True)
    certifications_expired = models.PositiveIntegerField(
        _("certifications expired"), null=True, blank=True
    )
    reminders_due = models.PositiveIntegerField(_("reminders due"), null=True, blank=True)
    reminders_sent = models.PositiveIntegerField(_("reminders sent"), null=True, blank=True)
    errors = models.PositiveIntegerField(_("errors"), null=True, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("requested by"),
        on_delete=models.SET_NULL,
        related_name="+",
        null=True,
        blank=True,
    )
    failure = models.CharField(_("failure"), max_length=500, blank=True)

    objects = ExpiryCheckRunQuerySet.as_manager()
    #: Columns that never change.
    fixed_columns = ("started_at",)

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        constraints = [
            models.UniqueConstraint(fields=["job", "slot"], name="run_once_per_job_and_slot"),
            models.UniqueConstraint(
                fields=["job"], condition=Q(status="running"), name="run_one_going_on_per_job"
            ),
            models.CheckConstraint(
                condition=Q(status__in=RunStatus.values), name="run_status_known"
            ),
        ]
        indexes = [
            models.Index(fields=["job", "-started_at", "-id"], name="run_job_started"),
            models.Index(fields=["status", "heartbeat_at"], name="run_status_heartbeat"),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        return RUN_ID.format(self.pk)

    @property
    def cron_id(self) -> str | None:
        return CRON_ID.format(self.job_id) if self.job_id else None

    @property
    def is_by_hand(self) -> bool:
        """A person chose what it sends; what no check would try again is tried in it."""
        return self.job_id is None and self.trigger == Trigger.ADMIN

    @property
    def result(self) -> dict[str, Any] | None:
        """The figures of contract certification-cron; None while there are none."""
        if self.mentors_checked is None or self.reminders_sent is None:
            return None
        figures = {
            "mentors_checked": self.mentors_checked,
            "reminders_sent": self.reminders_sent,
            "errors": self.errors,
        }
        return figures | {"reminders_due": self.reminders_due} if self.dry_run else figures
