"""Snoozes: a coordinator's word that nobody need be reminded for a while."""

from __future__ import annotations

from datetime import date, datetime

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from certifications.models import Certification
from config.db import UtcDate
from cron.models.expiry_reminder import day_of


class ReminderSnoozeQuerySet(models.QuerySet["ReminderSnooze"]):
    def in_force(self, now: datetime) -> ReminderSnoozeQuerySet:
        """Those that keep reminders back on the day of `now`, in the time zone that it has.

        Of these, only those of the present day of expiry count: `of_present_expiry`.
        """
        return self.filter(until__gt=now.date())

    def of_present_expiry(self) -> ReminderSnoozeQuerySet:
        """Those whose certification still expires on the day that they were for."""
        present = UtcDate("certification__expires_at")
        return self.alias(present=present).filter(present=UtcDate("expires_at"))


class ReminderSnooze(models.Model):
    """No reminders of one expiry of a certification before the day `until`.

    It was for that day of expiry: a renewal leaves it behind.
    """

    certification = models.OneToOneField(
        Certification,
        verbose_name=_("certification"),
        on_delete=models.CASCADE,
        related_name="reminder_snooze",
    )
    expires_at = models.DateTimeField(_("expires at"))
    until = models.DateField(_("until"))
    reason = models.CharField(_("reason"), max_length=200)
    snoozed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("snoozed by"),
        on_delete=models.SET_NULL,
        related_name="+",
        null=True,
        blank=True,
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)

    objects = ReminderSnoozeQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("snooze")
        verbose_name_plural = _("snoozes")

    def __str__(self) -> str:
        return f"{self.certification}, until {self.until:%Y-%m-%d}"

    def holds(self, day: date) -> bool:
        """Whether it keeps reminders of the certification as it is now back on that day."""
        return self.until > day and day_of(self.expires_at) == day_of(self.certification.expires_at)
