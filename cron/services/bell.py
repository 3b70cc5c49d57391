"""Ringing for a worker. The database says what is to be done; the sweep makes up for lost rings."""

from __future__ import annotations

import structlog

from config.bell import AWAY, ring
from cron.errors import BrokerUnavailable

logger = structlog.get_logger(__name__)


def ring_for_run(run_id: int) -> None:
    """Ask a worker to take up the run; `BrokerUnavailable` when the broker is away."""
    from cron import tasks  # tasks call services

    try:
        tasks.run_expiry_check.apply_async(args=(run_id,))
    except AWAY as error:
        raise BrokerUnavailable from error


def ring_for_slot(job_id: int, *, wait_seconds: float) -> None:
    """Ask a worker to look for a slot that the job owes, after `wait_seconds` (short).

    A broker that is away is logged only: the sweep finds what is owed.
    """
    from cron import tasks

    ring(tasks.run_scheduled_check, job_id, wait_seconds=wait_seconds, job_id=job_id)


def ring_for_planned_run(run_id: int) -> None:
    """Ask a worker to take up a run whose plan is written.

    A broker that is away is logged only: the sweep rings again, however long that takes.
    """
    try:
        ring_for_run(run_id)
    except BrokerUnavailable:
        logger.warning("broker_unavailable", run_id=run_id, exc_info=True)


def ring_for_ping(run_id: int, kind: str, *, tries_left: int, wait_seconds: float) -> None:
    """Ask a worker to call the ping URL of the run's job, after `wait_seconds` (short).

    A broker that is away is logged only: whoever waits for the ping misses it, which is its use.
    """
    from cron import tasks

    ring(tasks.ping, run_id, kind, tries_left, wait_seconds=wait_seconds, run_id=run_id)


def ring_for_sending(run_id: int, *, senders: int = 1, wait_seconds: float = 0.0) -> None:
    """Ask `senders` workers to send what is due of the run, after `wait_seconds` (short).

    A broker that is away is logged only: the sweep rings again.
    """
    from cron import tasks

    for _ in range(senders):
        if not ring(tasks.send_due, run_id, wait_seconds=wait_seconds, run_id=run_id):
            return
