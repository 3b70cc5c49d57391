"""Mailboxes that a mail server refused for good."""

from __future__ import annotations

from django.db import models


class RefusedMailbox(models.Model):
    """Nothing is sent to it until it is tried by hand and takes a mail. The address is not kept.

    Whoever gets another address is known by that one, so nothing has to be undone here.
    """

    address_hash = models.CharField(max_length=64, unique=True)
    reply = models.CharField(max_length=500)
    refused_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.refused_at:%Y-%m-%d}: {self.reply}"
