"""What every mail that is planned inside the database begins with."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Value

from cron.models import DeliveryState, ExpiryCheckRun

DELIVERY_COLUMNS = ("run", "state", "attempts", "next_attempt_at", "recipient", "error")


def new_delivery(run: ExpiryCheckRun, now: datetime) -> tuple[Value, ...]:
    """The values of `DELIVERY_COLUMNS` of a mail that is due `now`."""
    text, number = models.CharField(), models.IntegerField()
    return (
        Value(run.pk, number),
        Value(DeliveryState.PENDING, text),
        Value(0, number),
        Value(now, models.DateTimeField()),
        Value("", text),
        Value("", text),
    )
