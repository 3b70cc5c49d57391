"""Celery tasks: thin shells around the services. The broker only rings; the database knows."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from certificates.webhooks.services import delivering, notices


@shared_task
def deliver() -> None:
    """Send what is due."""
    delivering.deliver_due()


@shared_task
def send_notices() -> None:
    """Send the mails about endpoints that were switched off."""
    notices.send_due_notices(now=timezone.now())


@shared_task
def sweep() -> None:
    """Bring back what was lost; beat fires it every minute."""
    delivering.ring_if_due()
    notices.send_due_notices(now=timezone.now())
