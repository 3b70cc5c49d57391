"""The Celery application that web, worker and beat share."""

from __future__ import annotations

import logging.config
import os
from typing import Any

import billiard.pool
import structlog
from celery import Celery, signals
from django_structlog.celery.signals import bind_extra_task_metadata
from django_structlog.celery.steps import DjangoStructLogInitStep

from config.telemetry import start_tracing

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("certkeep")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add(DjangoStructLogInitStep)

# A worker that stops forgets the tasks that its children have not yet said they took. The children
# do them, and then wait until the worker has read their results, which it won't: for this many
# tenths of a second, by default 30 s and longer than most supervisors wait. Nobody needs the
# results; a task that is delivered twice finds its work done.
billiard.pool.GUARANTEE_MESSAGE_CONSUMPTION_RETRY_LIMIT = 10


@bind_extra_task_metadata.connect
def name_the_task(task: Any, **_: Any) -> None:
    """Say on each line of a task which one it is."""
    structlog.contextvars.bind_contextvars(task=task.name)


@signals.setup_logging.connect
def use_project_logging(**_: Any) -> None:
    """Give worker and beat the same log lines as the web process."""
    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)


@signals.worker_init.connect
def trace_worker(**_: Any) -> None:
    """Trace tasks, whatever kind of pool runs them."""
    start_tracing("worker")


@signals.beat_init.connect
def trace_beat(**_: Any) -> None:
    """Trace what beat rings for."""
    start_tracing("beat")
