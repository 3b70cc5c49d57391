"""Reminders of certifications: one per certification, expiry and stage, ever."""

from __future__ import annotations

from django.db import models

from certifications.models import Certification
from cron.models.expiry_reminder import ExpiryReminder


class Reminder(ExpiryReminder):
    """The mail to a mentor at one stage. Renewing changes `expires_at` and so starts anew."""

    subject = "certification"
    expiry = "expires_at"

    certification = models.ForeignKey(
        Certification,
        on_delete=models.CASCADE,
        related_name="reminders",
        db_index=False,  # the unique constraint begins with it
    )
    expires_at = models.DateTimeField()

    class Meta(ExpiryReminder.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["certification", "expires_at", "stage"], name="reminder_once_per_stage"
            ),
            *ExpiryReminder.Meta.constraints,
        ]
