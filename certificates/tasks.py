"""Celery tasks: thin shells around the services."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from certificates.services import files


@shared_task
def remove_unreferenced_files() -> None:
    """Remove files that a crash left without their row; beat fires it every hour."""
    files.remove_unreferenced_files(timezone.now())
