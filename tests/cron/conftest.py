from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.utils import translation

from config.celery import app

#: When the tests play that take the clock as it is.
NOW = datetime(2026, 3, 26, 10, 0, tzinfo=UTC)


class Clock:
    """A clock that stands still until a test moves it."""

    def __init__(self, traveller: time_machine.TimeMachineFixture) -> None:
        self._traveller = traveller

    def set(self, moment: datetime) -> datetime:
        self._traveller.move_to(moment, tick=False)
        return moment

    def start(self, moment: datetime) -> datetime:
        """Let it run from `moment` on."""
        self._traveller.move_to(moment, tick=True)
        return moment

    def advance(self, delta: timedelta) -> None:
        self._traveller.shift(delta)


@pytest.fixture
def clock(time_machine: time_machine.TimeMachineFixture) -> Clock:
    time_machine.move_to(NOW, tick=False)
    return Clock(time_machine)


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """Texts are English: the language of a request stays in the thread for the tests after it."""
    with translation.override("en"):
        yield


@pytest.fixture
def _inline_tasks() -> Iterator[None]:
    """Tasks run where they are rung for, in place of a worker."""
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


def check_expiry(*arguments: str) -> str:
    """Run `manage.py check_expiry` and return what it printed; exit code 1 is kept as an error."""
    out = StringIO()
    call_command("check_expiry", *arguments, stdout=out, stderr=out)
    return out.getvalue()
