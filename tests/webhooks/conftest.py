from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from config.celery import app
from config.outbound.connections import shared_connections
from tests.webhooks.factories import NOW


class Clock:
    """Stands still at `NOW` until a test moves it."""

    def __init__(self, traveller: time_machine.TimeMachineFixture) -> None:
        self._traveller = traveller
        traveller.move_to(NOW, tick=False)

    def set(self, moment: datetime) -> datetime:
        self._traveller.move_to(moment, tick=False)
        return moment

    def now(self) -> datetime:
        return timezone.now()

    def advance(self, **delta: float) -> None:
        self._traveller.shift(timedelta(**delta))


@pytest.fixture
def clock(time_machine: time_machine.TimeMachineFixture) -> Clock:
    return Clock(time_machine)


@pytest.fixture(autouse=True)
def _receivers_on_this_machine(settings: Settings) -> Iterator[None]:
    """What the embedded default allows, whatever database the tests run on."""
    settings.WEBHOOK_ALLOW_HTTP = True
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8", "::1/128"]
    yield
    # Receivers come and go with their ports: no connection outlives its test.
    shared_connections().close()


@pytest.fixture
def _inline_tasks() -> Iterator[None]:
    """Tasks run where they are rung for, in place of a worker."""
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False
