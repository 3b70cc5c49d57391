"""The Celery application that web, worker and beat share."""

from __future__ import annotations

import logging.config
import os
from typing import Any

import structlog
from celery import Celery, signals
from django_structlog.celery.signals import bind_extra_task_metadata
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("certkeep")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add(DjangoStructLogInitStep)


@bind_extra_task_metadata.connect
def name_the_task(task: Any, **_: Any) -> None:
    """Say on each line of a task which one it is."""
    structlog.contextvars.bind_contextvars(task=task.name)


@signals.setup_logging.connect
def use_project_logging(**_: Any) -> None:
    """Give worker and beat the same log lines as the web process."""
    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)
