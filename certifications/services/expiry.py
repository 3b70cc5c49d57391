"""Expiring what is past its date: set by set, with its history, in the database."""

from __future__ import annotations

from datetime import datetime

from django.db import models, transaction
from django.db.models import Value

from certifications.models import Certification, CertificationStatus
from config.db import insert_from_select

_HISTORY_FIELDS = (
    "id",
    "mentor_id",
    "certification_type_id",
    "status",
    "issued_at",
    "expires_at",
    "created_at",
    "updated_at",
)


@transaction.atomic
def expire_overdue(*, now: datetime, limit: int, reason: str) -> int:
    """Make up to `limit` active certifications past their date expired; returns how many.

    Three statements whatever the number. `reason` goes into the history of each (100 characters).
    Rows that someone else is changing just now are left to the next call.
    """
    overdue = Certification.objects.overdue(now).order_by("expires_at", "id")
    ids = list(overdue.select_for_update(skip_locked=True).values_list("pk", flat=True)[:limit])
    if not ids:
        return 0
    changed = Certification.objects.filter(pk__in=ids)
    changed.update(status=CertificationStatus.EXPIRED, updated_at=now)
    text = models.CharField()
    insert_from_select(
        Certification.history.model,
        (*_HISTORY_FIELDS, "history_date", "history_type", "history_change_reason"),
        changed.order_by().values_list(
            *_HISTORY_FIELDS,
            Value(now, models.DateTimeField()),
            Value("~", text),
            Value(reason, text),
        ),
    )
    return len(ids)
