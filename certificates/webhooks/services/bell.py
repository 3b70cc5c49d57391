"""Ringing for a worker. The database says what is to be sent; the sweep makes up for lost rings."""

from __future__ import annotations

from config import bell

#: What is due later than this is left to the sweep: a long delay in a broker is no safe place.
MAX_WAIT_SECONDS = 30.0
#: A ring that no worker heard in this time is dropped; the sweep rings again.
RING_SECONDS = 60.0


def ring(*, wait_seconds: float = 0.0) -> None:
    """Ask a worker to send what is due, after `wait_seconds` (at most `MAX_WAIT_SECONDS`)."""
    from certificates.webhooks import tasks  # tasks call services

    bell.ring(tasks.deliver, wait_seconds=wait_seconds, expires_seconds=wait_seconds + RING_SECONDS)


def ring_for_notices() -> None:
    """Ask a worker to send the mails about endpoints that were switched off."""
    from certificates.webhooks import tasks

    bell.ring(tasks.send_notices, expires_seconds=RING_SECONDS)
