"""Getting in: passwords, lock-outs, and the second factor."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from unittest.mock import Mock

import pytest
import time_machine
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.test import Client
from django_otp.oath import hotp
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice
from pytest_django import Settings

from config.models import AuditEntry
from tests.desk.conftest import PASSWORD, client_at_desk, make_account

LOGIN = "/admin/login/"
SECOND_FACTOR = "/admin/second-factor/"
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


def code_of(device: TOTPDevice, *, at: datetime = NOW) -> str:
    """What an authenticator app with the device's key shows (RFC 6238: steps of 30 seconds)."""
    return f"{hotp(device.bin_key, int(at.timestamp()) // 30):06d}"


def set_up(client: Client, account: User) -> TOTPDevice:
    """Set the second factor up, as on the page."""
    client.get(SECOND_FACTOR)
    device = TOTPDevice.objects.get(user=account)
    page = client.post(SECOND_FACTOR, {"code": code_of(device)})
    assert "recovery codes" in page.content.decode()
    return device


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
        sprayer.post(LOGIN, {"username": f"guess-{number}", "password": "wrong"})
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
        guesser.post(LOGIN, {"username": f"guess-{number}", "password": "wrong"})

    assert log_in(Client(REMOTE_ADDR="2001:db8:1:2:ffff::1")) == 429
    assert log_in(Client(REMOTE_ADDR="2001:db8:1:3::1")) == 302


def test_a_locked_address_may_try_again_after_a_while(cora: User, settings: Settings) -> None:
    settings.LOGIN_ADDRESS_FAILURE_LIMIT = 2
    with time_machine.travel(NOW, tick=False):
        for number in range(2):
            Client().post(LOGIN, {"username": f"guess-{number}", "password": "wrong"})
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


def test_without_a_second_factor_a_password_is_enough_and_with_one_it_is_not(cora: User) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        client = client_at_desk(cora)
        device = set_up(client, cora)
        stays_in = is_in(client)
        clock.shift(timedelta(minutes=1))
        now = NOW + timedelta(minutes=1)

        without = log_in(Client())
        wrong = log_in(Client(), otp_token="000000")
        clock.shift(timedelta(minutes=1))
        now += timedelta(minutes=1)
        fresh = Client()
        right = log_in(fresh, otp_token=code_of(device, at=now))
        gets_in = is_in(fresh)
        again = log_in(Client(), otp_token=code_of(device, at=now))

    assert stays_in
    assert (without, wrong, right) == (200, 200, 302)
    assert gets_in
    assert again == 200  # a code works once


def test_other_sessions_end_once_a_second_factor_is_set_up(cora: User) -> None:
    other = client_at_desk(cora)
    assert is_in(other)

    with time_machine.travel(NOW, tick=False):
        set_up(client_at_desk(cora), cora)

    assert not is_in(other)


def test_a_recovery_code_lets_in_once(cora: User) -> None:
    with time_machine.travel(NOW, tick=False):
        set_up(client_at_desk(cora), cora)
    codes = list(StaticToken.objects.values_list("token", flat=True))

    first, second = log_in(Client(), otp_token=codes[0]), log_in(Client(), otp_token=codes[0])

    assert len(codes) == 10
    assert (first, second) == (302, 200)


def test_a_wrong_code_sets_nothing_up(cora: User) -> None:
    client = client_at_desk(cora)
    client.get(SECOND_FACTOR)

    page = client.post(SECOND_FACTOR, {"code": "000000"}).content.decode()

    assert "The code is not right" in page
    assert not TOTPDevice.objects.filter(confirmed=True).exists()
    assert is_in(client)


def test_a_second_factor_is_given_up_by_a_code(cora: User) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        client = client_at_desk(cora)
        device = set_up(client, cora)
        clock.shift(timedelta(minutes=1))
        client.post(SECOND_FACTOR, {"code": code_of(device, at=NOW + timedelta(minutes=1))})

    assert not TOTPDevice.objects.exists()
    assert not StaticToken.objects.exists()
    assert log_in(Client()) == 302


def test_an_admin_takes_away_the_factor_of_who_lost_it(desk: Client, cora: User) -> None:
    with time_machine.travel(NOW, tick=False):
        set_up(client_at_desk(cora), cora)

    body = {"action": "remove_second_factors", "_selected_action": [cora.pk]}
    desk.post("/admin/auth/user/", body)

    assert log_in(Client()) == 302


def test_nobody_reads_the_keys_of_others(desk: Client) -> None:
    assert desk.get("/admin/otp_totp/totpdevice/").status_code == 404
    assert desk.get("/admin/otp_static/staticdevice/").status_code == 404
