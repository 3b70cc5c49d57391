"""Counting mails by the minute, for mail servers that take only so many."""

from __future__ import annotations

from django.db import models


class MailMinute(models.Model):
    """How many mails were handed over in a minute; kept only where their rate is limited."""

    begins_at = models.DateTimeField(primary_key=True)
    mails = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.begins_at:%Y-%m-%d %H:%M}: {self.mails}"
