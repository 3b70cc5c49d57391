"""Getting in: passwords and lock-outs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from unittest.mock import Mock

import pytest
import time_machine
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from config.models import AuditEntry
from tests.desk.conftest import PASSWORD, make_account

LOGIN = "/admin/login/"
NOW = datetime(2026, 3, 26, 10, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def cora() -> User:
    return make_account("cora", "coordinator")


def log_in(client: Client, password: str = PASSWORD, **more: str) -> int:
    """Try to; returns the status: 302 is in, 200 the form again, 429 locked out."""
    body = {"username": "cora", "password": password, **more}
    return client.post(f"{LOGIN}?next=/admin/", body).status_code


def is_in(client: Client) -> bool:
    return client.get("/admin/").status_code == 200


def test_a_coordinator_logs_in_without_being_djangos_staff(cora: User) -> None:
    client = Client()

    assert not is_in(client)
    assert log_in(client) == 302
    assert is_in(client)


def test_passwords_are_stored_by_argon2(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.Argon2PasswordHasher",
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    ]
    account = make_account("cora", "coordinator")

    assert account.password.startswith("argon2$argon2id$")
    assert log_in(Client()) == 302


def test_too_many_failures_lock_account_and_address_out_for_a_while(cora: User) -> None:
    client = Client()

    with time_machine.travel(NOW, tick=False) as clock:
        failures = [log_in(client, "wrong") for _ in range(5)]
        locked = client.post(LOGIN, {"username": "cora", "password": PASSWORD})
        elsewhere = Client(REMOTE_ADDR="192.0.2.7")
        from_elsewhere = log_in(elsewhere)
        clock.shift(timedelta(minutes=16))
        later = log_in(client)

    assert failures[:4] == [200, 200, 200, 200]
    assert locked.status_code == 429
    assert locked["Retry-After"] == "900"
    assert "15 minutes" in locked.content.decode()
    assert from_elsewhere == 302
    assert later == 302


def test_a_spray_over_many_accounts_locks_its_address_out_before_a_password_is_hashed(
    cora: User, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LOGIN_ADDRESS_FAILURE_LIMIT = 6
    sprayer = Client(REMOTE_ADDR="203.0.113.7")
    for number in range(6):
        log_in(sprayer, "wrong", username=f"guess-{number}")
    looked_at = Mock(return_value=None)
    monkeypatch.setattr(ModelBackend, "authenticate", looked_at)

    refused = [log_in(sprayer) for _ in range(3)]
    monkeypatch.undo()

    assert refused == [429, 429, 429]
    assert not looked_at.called
    # Elsewhere nobody waits, and one line of the audit log says it all.
    assert log_in(Client(REMOTE_ADDR="203.0.113.8")) == 302
    entry = AuditEntry.objects.get(event="locked_out")
    assert (entry.address, entry.subject) == ("203.0.113.7", "address")


def test_a_subscriber_of_ipv6_is_one_address_for_logins(cora: User, settings: Settings) -> None:
    settings.LOGIN_ADDRESS_FAILURE_LIMIT = 3
    for number in range(3):
        guesser = Client(REMOTE_ADDR=f"2001:db8:1:2::{number}")
        log_in(guesser, "wrong", username=f"guess-{number}")

    assert log_in(Client(REMOTE_ADDR="2001:db8:1:2:ffff::1")) == 429
    assert log_in(Client(REMOTE_ADDR="2001:db8:1:3::1")) == 302


def test_a_locked_address_may_try_again_after_a_while(cora: User, settings: Settings) -> None:
    settings.LOGIN_ADDRESS_FAILURE_LIMIT = 2
    with time_machine.travel(NOW, tick=False):
        for number in range(2):
            log_in(Client(), "wrong", username=f"guess-{number}")
        assert log_in(Client()) == 429
    with time_machine.travel(NOW + timedelta(minutes=16), tick=False):
        assert log_in(Client()) == 302


def test_a_success_forgives_what_failed_before(cora: User) -> None:
    client = Client()

    for _ in range(2):
        for _ in range(4):
            log_in(client, "wrong")
        assert log_in(client) == 302


def test_the_address_is_the_proxys_word_only_behind_a_proxy(cora: User, settings: Settings) -> None:
    settings.BEHIND_TLS_PROXY = True
    attacker, neighbour = "203.0.113.1", "203.0.113.2"

    def attempt(address: str, password: str) -> int:
        client = Client(headers={"X-Forwarded-For": f"198.51.100.1, {address}"})
        return log_in(client, password)

    for _ in range(5):
        attempt(attacker, "wrong")

    assert attempt(attacker, PASSWORD) == 429
    assert attempt(neighbour, PASSWORD) == 302
