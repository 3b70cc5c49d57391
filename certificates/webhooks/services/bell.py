"""Ringing for a worker. The database says what is to be sent; the sweep makes up for lost rings."""

from __future__ import annotations

import structlog
from celery import Task
from kombu.exceptions import KombuError

logger = structlog.get_logger(__name__)

#: What is due later than this is left to the sweep: a long delay in a broker is no safe place.
MAX_WAIT_SECONDS = 30.0
#: A ring that no worker heard in this time is dropped; the sweep rings again.
RING_SECONDS = 60.0


def ring(*, wait_seconds: float = 0.0) -> None:
    """Ask a worker to send what is due, after `wait_seconds` (at most `MAX_WAIT_SECONDS`)."""
    from certificates.webhooks import tasks  # tasks call services

    _send(tasks.deliver, wait_seconds)


def ring_for_notices() -> None:
    """Ask a worker to send the mails about endpoints that were switched off."""
    from certificates.webhooks import tasks

    _send(tasks.send_notices, 0.0)


def _send(task: Task[[], None], wait_seconds: float) -> None:
    """Hand the task to the broker; one that is away is logged only."""
    try:
        task.apply_async(countdown=wait_seconds, expires=wait_seconds + RING_SECONDS)
    except (KombuError, OSError):
        logger.warning("broker_unavailable", task=task.name, exc_info=True)
