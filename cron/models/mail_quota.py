"""Counting mails by recipient and day, so that nobody is flooded through an open API."""

from __future__ import annotations

from django.db import models


class MailQuota(models.Model):
    """How many mails an address got on a day (UTC). The address itself is not kept."""

    recipient_hash = models.CharField(max_length=64)
    day = models.DateField()
    mails = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["day", "recipient_hash"], name="mail_quota_once_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.mails}"
