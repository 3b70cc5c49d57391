"""Ringing for a worker where nobody waits for the answer: what is lost, a sweep makes up for."""

from __future__ import annotations

from typing import Any

import structlog
from celery import Task
from kombu.exceptions import KombuError

logger = structlog.get_logger(__name__)

#: What a broker that is away raises.
AWAY = (KombuError, OSError)


def ring(
    task: Task[..., Any],
    *args: Any,
    wait_seconds: float = 0.0,
    expires_seconds: float | None = None,
    **known: Any,
) -> bool:
    """Ask a worker to run the task with `args`, after `wait_seconds`; whether the broker took that.

    Whoever hears it later than after `expires_seconds` drops it. A broker that is away is logged
    only, with what is `known`.
    """
    try:
        task.apply_async(
            args=args,
            countdown=wait_seconds,
            expires=expires_seconds,  # type: ignore[arg-type]  # the stubs know no "never"
        )
    except AWAY:
        logger.warning("broker_unavailable", task=task.name, exc_info=True, **known)
        return False
    return True
