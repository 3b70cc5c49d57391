"""Entries about second factors, refused logins, tokens and calendar addresses."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django_otp.plugins.otp_totp.models import TOTPDevice
from knox.models import AuthToken

from config.models import AuditEvent
from tests.audit.entries import ADDRESS, entries
from tests.desk.conftest import PASSWORD, client_at_desk, make_account
from tests.desk.factors import NOW, code_of, enter, set_up

CALENDAR = "/admin/certifications/certification/calendar/"
TOKENS = (AuditEvent.TOKEN_CREATED, AuditEvent.TOKEN_USED, AuditEvent.TOKEN_REVOKED)

pytestmark = pytest.mark.django_db


@pytest.fixture
def cora() -> User:
    return make_account("cora", "coordinator")


def at_desk(account: User) -> Client:
    """The account's browser, which comes from `ADDRESS`."""
    client = client_at_desk(account)
    client.defaults["REMOTE_ADDR"] = ADDRESS
    return client


def log_in(name: str, **more: str) -> Any:
    form = {"username": name, "password": PASSWORD, **more}
    return Client().post("/admin/login/", form, REMOTE_ADDR=ADDRESS)


def test_a_second_factor_is_kept_when_it_comes_and_when_it_is_given_up(cora: User) -> None:
    client = at_desk(cora)

    with time_machine.travel(NOW, tick=False) as clock:
        enter(client, "000000")
        TOTPDevice.objects.all().delete()
        device, _ = set_up(client, cora)
        clock.shift(timedelta(minutes=1))
        enter(client, code_of(device, at=NOW + timedelta(minutes=1)))

    assert entries(AuditEvent.SECOND_FACTOR_SET_UP, AuditEvent.SECOND_FACTOR_REMOVED) == [
        ("second_factor_set_up", "cora", ADDRESS, "cora"),
        ("second_factor_removed", "cora", ADDRESS, "cora"),
    ]


def test_a_factor_that_an_admin_takes_away_names_both(desk: Client, cora: User) -> None:
    TOTPDevice.objects.create(user=cora, confirmed=True)

    desk.post(
        "/admin/auth/user/",
        {"action": "remove_second_factors", "_selected_action": [cora.pk]},
        REMOTE_ADDR=ADDRESS,
    )

    assert entries(AuditEvent.SECOND_FACTOR_REMOVED) == [
        ("second_factor_removed", "boss", ADDRESS, "cora")
    ]


def test_a_wrong_code_after_the_right_password_is_a_failed_login(cora: User) -> None:
    TOTPDevice.objects.create(user=cora, confirmed=True)

    log_in("cora")  # is asked for the code
    log_in("cora", otp_token="000000")

    assert entries(AuditEvent.LOGIN, AuditEvent.LOGIN_FAILED) == [
        ("login_failed", "cora", ADDRESS, "second factor")
    ]


def test_who_may_not_enter_the_desk_failed_to_log_in() -> None:
    make_account("norman")

    log_in("norman")

    assert entries(AuditEvent.LOGIN, AuditEvent.LOGIN_FAILED) == [
        ("login_failed", "norman", ADDRESS, "no role")
    ]


def test_who_is_locked_out_stays_out_and_each_try_is_kept(cora: User) -> None:
    for _ in range(5):
        log_in("cora", password="wrong")  # pragma: allowlist secret
    locked = log_in("cora")

    assert locked.status_code == 429
    assert entries(AuditEvent.LOGIN) == []
    assert len(entries(AuditEvent.LOGIN_FAILED)) >= 5
    assert entries(AuditEvent.LOCKED_OUT)[0] == ("locked_out", "cora", ADDRESS, "")


def test_tokens_that_are_made_and_revoked_in_the_admin_name_who_did_it(
    desk: Client, cora: User
) -> None:
    until = datetime(2030, 1, 1, tzinfo=UTC)
    form = {"user": cora.pk, "expiry_0": f"{until:%Y-%m-%d}", "expiry_1": "00:00"}

    desk.post("/admin/knox/authtoken/add/", form, REMOTE_ADDR=ADDRESS)
    token = AuthToken.objects.get()
    desk.post(
        f"/admin/knox/authtoken/{token.pk}/change/", {"user": token.user_id}, REMOTE_ADDR=ADDRESS
    )
    desk.post(f"/admin/knox/authtoken/{token.pk}/delete/", {"post": "yes"}, REMOTE_ADDR=ADDRESS)

    subject = f"{token.digest[:12]} of cora"
    assert entries(*TOKENS) == [
        ("token_created", "boss", ADDRESS, subject),
        ("token_revoked", "boss", ADDRESS, subject),
    ]


def test_a_token_keeps_its_owner(desk: Client, cora: User) -> None:
    call_command("create_token", "hr")
    token = AuthToken.objects.get()

    answer = desk.post(f"/admin/knox/authtoken/{token.pk}/change/", {"user": cora.pk})

    assert answer.status_code == 403
    assert AuthToken.objects.get().user.get_username() == "hr"


def test_the_tokens_of_a_deleted_account_are_revoked(desk: Client) -> None:
    call_command("create_token", "hr", role=["system"])
    token = AuthToken.objects.get()

    desk.post(f"/admin/auth/user/{token.user_id}/delete/", {"post": "yes"}, REMOTE_ADDR=ADDRESS)

    assert entries(AuditEvent.TOKEN_REVOKED, AuditEvent.ROLE_TAKEN) == [
        ("role_taken", "boss", ADDRESS, "system of hr"),
        ("token_revoked", "boss", ADDRESS, f"{token.digest[:12]} of hr"),
    ]


def test_a_calendars_address_is_kept_like_a_token(cora: User) -> None:
    client = at_desk(cora)

    page = client.post(CALENDAR, {"make": ""}).content.decode()
    address = re.search(r"/calendar/([\w-]+)\.ics", page)
    assert address, page
    for _ in range(2):
        Client().get(address[0], REMOTE_ADDR="203.0.113.10")
    for _ in range(2):
        client.post(CALENDAR, {"revoke": ""})

    made, used, revoked = entries(*TOKENS)
    assert made == ("token_created", "cora", ADDRESS, "calendar of cora")
    assert used[:3] == ("token_used", "cora", "203.0.113.10")
    assert re.fullmatch("calendar [0-9a-f]{12}", used[3])
    assert revoked == ("token_revoked", "cora", ADDRESS, "calendar of cora")
    assert not any(address[1] in entry[3] for entry in (made, used, revoked))
