"""Reminders of certifications: one per certification, expiry and stage, ever."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from certifications.models import Certification
from cron.models.expiry_reminder import ExpiryReminder


class Reminder(ExpiryReminder):
    """The mail to a mentor at one stage. Renewing changes `expires_at` and so starts anew."""

    subject = "certification"
    expiry = "expires_at"

    certification = models.ForeignKey(
        Certification,
        verbose_name=_("certification"),
        on_delete=models.CASCADE,
        related_name="reminders",
        db_index=False,  # the unique constraint begins with it
    )
    expires_at = models.DateTimeField(_("expires at"))

    class Meta(ExpiryReminder.Meta):
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        constraints = [
            models.UniqueConstraint(
                fields=["certification", "expires_at", "stage"], name="reminder_once_per_stage"
            ),
            *ExpiryReminder.Meta.constraints,
        ]
