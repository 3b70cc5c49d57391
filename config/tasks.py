"""Celery tasks of the frame: thin shells around its services."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from config import retention


@shared_task
def prune() -> None:
    """Delete what has been kept for long enough; beat fires it once a day."""
    retention.prune(now=timezone.now())
