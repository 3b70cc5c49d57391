"""The second factor: set up, asked for at logins, given up; each code works once."""

from __future__ import annotations

import re
from datetime import timedelta
from importlib import import_module

import pytest
import time_machine
from django.apps import apps
from django.contrib.auth.models import User
from django.test import Client
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from config.access.recovery_codes import stored_form
from config.models import AuditEntry
from tests.desk.conftest import client_at_desk, make_account
from tests.desk.factors import (
    NOW,
    SECOND_FACTOR,
    code_of,
    enter,
    is_in,
    log_in,
    set_up,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def cora() -> User:
    return make_account("cora", "coordinator")


def test_without_a_second_factor_a_password_is_enough_and_with_one_it_is_not(cora: User) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        client = client_at_desk(cora)
        assert log_in(Client(), "cora")
        device, _ = set_up(client, cora)
        assert is_in(client)
        clock.shift(timedelta(minutes=1))
        now = NOW + timedelta(minutes=1)
        fresh = Client()

        assert not log_in(Client(), "cora")
        assert not log_in(Client(), "cora", "000000")
        clock.shift(timedelta(seconds=2))  # a wrong code makes the next one wait
        assert log_in(fresh, "cora", code_of(device, at=now))
        assert is_in(fresh)


def test_a_code_of_the_phone_lets_in_once_with_or_without_gaps(cora: User) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        device, _ = set_up(client_at_desk(cora), cora)
        clock.shift(timedelta(minutes=5))
        code = code_of(device, step=10)

        assert log_in(Client(), "cora", f" {code[:3]} {code[3:]} ")
        clock.shift(timedelta(seconds=1))
        assert not log_in(Client(), "cora", code)


def test_the_code_that_set_it_up_lets_nobody_in(cora: User) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        device, _ = set_up(client_at_desk(cora), cora)
        clock.shift(timedelta(seconds=5))

        assert not log_in(Client(), "cora", code_of(device))


@pytest.mark.parametrize(
    ("step", "is_taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_clocks_may_be_one_code_apart(cora: User, step: int, is_taken: bool) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        device, _ = set_up(client_at_desk(cora), cora)
        clock.shift(timedelta(minutes=5))

        assert log_in(Client(), "cora", code_of(device, step=10 + step)) == is_taken


def test_once_a_later_code_was_used_an_earlier_one_is_refused(cora: User) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        device, _ = set_up(client_at_desk(cora), cora)
        clock.shift(timedelta(minutes=5))

        assert log_in(Client(), "cora", code_of(device, step=11))
        clock.shift(timedelta(seconds=1))
        assert not log_in(Client(), "cora", code_of(device, step=10))


def test_other_sessions_end_once_a_second_factor_is_set_up(cora: User) -> None:
    with time_machine.travel(NOW, tick=False):
        other = client_at_desk(cora)
        assert is_in(other)

        set_up(client_at_desk(cora), cora)

        assert not is_in(other)


def test_a_wrong_code_sets_nothing_up(cora: User) -> None:
    client = client_at_desk(cora)
    client.get(SECOND_FACTOR)

    page = enter(client, "000000")

    assert "The code is not right" in page
    assert not TOTPDevice.objects.filter(confirmed=True).exists()
    assert is_in(client)


def test_whoever_finds_a_browser_open_sets_nothing_up(cora: User) -> None:
    with time_machine.travel(NOW, tick=False):
        client = client_at_desk(cora)
        client.get(SECOND_FACTOR)
        device = TOTPDevice.objects.get()

        page = enter(client, code_of(device), "a guess")

        assert "The password is not right" in page
        assert not TOTPDevice.objects.filter(confirmed=True).exists()
        # It counts as a failed login, and too many of them lock out.
        assert AuditEntry.objects.get(event="login_failed").account == "cora"
        for _ in range(5):
            enter(client, "000000", "a guess")
        assert not log_in(Client(), "cora")


def test_two_visits_at_once_leave_one_device_that_counts(cora: User) -> None:
    with time_machine.travel(NOW, tick=False):
        client = client_at_desk(cora)
        client.get(SECOND_FACTOR)
        TOTPDevice.objects.create(user=cora, name="authenticator app", confirmed=False)
        device = TOTPDevice.objects.earliest("pk")

        assert "recovery codes" in enter(client, code_of(device))

    assert TOTPDevice.objects.get() == device


def test_a_second_factor_is_given_up_by_password_and_code(cora: User) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        client = client_at_desk(cora)
        device, _ = set_up(client, cora)
        clock.shift(timedelta(minutes=1))
        code = code_of(device, at=NOW + timedelta(minutes=1))

        assert "The password is not right" in enter(client, code, "a guess")
        assert TOTPDevice.objects.exists()
        enter(client, code)

        assert not TOTPDevice.objects.filter(confirmed=True).exists()
        assert not StaticToken.objects.exists()
        assert log_in(Client(), "cora")


def test_an_admin_takes_away_the_factor_of_who_lost_it(desk: Client, cora: User) -> None:
    with time_machine.travel(NOW, tick=False):
        set_up(client_at_desk(cora), cora)

    body = {"action": "remove_second_factors", "_selected_action": [cora.pk]}
    desk.post("/admin/auth/user/", body)

    assert log_in(Client(), "cora")


def test_nobody_reads_the_keys_of_others(desk: Client) -> None:
    assert desk.get("/admin/otp_totp/totpdevice/").status_code == 404
    assert desk.get("/admin/otp_static/staticdevice/").status_code == 404


# --- Recovery codes ------------------------------------------------------------------------------


def test_a_recovery_code_lets_in_once_however_it_is_typed(cora: User) -> None:
    with time_machine.travel(NOW, tick=False):
        _, codes = set_up(client_at_desk(cora), cora)
        typed = codes[1].replace("-", " ").upper()

        assert len(set(codes)) == 10
        assert log_in(Client(), "cora", codes[0])
        assert log_in(Client(), "cora", typed)
        assert not log_in(Client(), "cora", codes[0])


def test_recovery_codes_have_80_bits_and_are_stored_hashed(cora: User) -> None:
    with time_machine.travel(NOW, tick=False):
        _, codes = set_up(client_at_desk(cora), cora)
    stored = set(StaticToken.objects.values_list("token", flat=True))

    # 16 characters of 32 kinds each.
    assert all(re.fullmatch(r"([a-z2-7]{4}-){3}[a-z2-7]{4}", code) for code in codes)
    assert len(stored) == 10
    assert stored.isdisjoint(codes)
    assert stored == {stored_form(code.replace("-", "")) for code in codes}


def test_what_the_database_has_of_a_code_lets_nobody_in(cora: User) -> None:
    with time_machine.travel(NOW, tick=False):
        set_up(client_at_desk(cora), cora)
        token = StaticToken.objects.first()
        assert token is not None

        assert not log_in(Client(), "cora", token.token)


def test_wrong_recovery_codes_make_the_next_one_wait(cora: User) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        _, codes = set_up(client_at_desk(cora), cora)

        assert not log_in(Client(), "cora", "aaaa-aaaa-aaaa-aaaa")
        assert not log_in(Client(), "cora", codes[0])
        clock.shift(timedelta(seconds=2))
        assert log_in(Client(), "cora", codes[0])


def test_codes_from_before_are_hashed_by_the_migration_and_go_on(cora: User) -> None:
    with time_machine.travel(NOW, tick=False):
        set_up(client_at_desk(cora), cora)
        StaticToken.objects.all().delete()
        device = StaticDevice.objects.get()
        for code in ("abcdefgh", "ijklmnop"):
            StaticToken.objects.create(device=device, token=code)

        import_module("config.migrations.0007_hash_recovery_codes").hash_codes(apps, None)

        assert StaticToken.objects.count() == 2
        assert not StaticToken.objects.filter(token__in=["abcdefgh", "ijklmnop"]).exists()
        assert log_in(Client(), "cora", "abcdefgh")
        assert not log_in(Client(), "cora", "abcdefgh")


def test_a_code_that_a_process_of_the_version_before_made_works_once(cora: User) -> None:
    with time_machine.travel(NOW, tick=False):
        set_up(client_at_desk(cora), cora)
        StaticToken.objects.create(device=StaticDevice.objects.get(), token="abcdefgh")

        assert log_in(Client(), "cora", "abcdefgh")
        assert not log_in(Client(), "cora", "abcdefgh")
