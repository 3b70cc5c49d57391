"""A code of a second factor that comes many times at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client

from tests.desk.conftest import client_at_desk, make_account
from tests.desk.factors import NOW, code_of, log_in, set_up
from tests.threads import all_at_once

pytestmark = [
    pytest.mark.services,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]


@pytest.fixture(autouse=True)
def _on_postgresql() -> None:
    assert connection.vendor == "postgresql", "run by make test-services"


@pytest.mark.parametrize("kind", ["phone", "recovery"])
def test_a_code_lets_in_once(kind: str) -> None:
    cora = make_account("cora", "coordinator")
    with time_machine.travel(NOW, tick=False) as clock:
        device, codes = set_up(client_at_desk(cora), cora)
        clock.shift(timedelta(minutes=5))
        code = code_of(device, step=10) if kind == "phone" else codes[0]

        outcomes = all_at_once(lambda _: log_in(Client(), "cora", code), threads=8)

    assert outcomes.count(True) == 1
