"""A second factor that `REQUIRE_SECOND_FACTOR` demands of a role."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django_otp.plugins.otp_totp.models import TOTPDevice
from pytest_django import Settings

from tests.access.test_pages import TABLE, make_callers, path_of
from tests.desk.conftest import client_at_desk, make_account
from tests.desk.factors import LOGIN, NOW, SECOND_FACTOR, code_of, enter, is_in, log_in, set_up

pytestmark = pytest.mark.django_db

ROLES = ("admin", "auditor", "coordinator")


def has_to_set_up(account: User) -> bool:
    answer = client_at_desk(account).get("/admin/")
    return answer.status_code == 302 and answer["Location"] == SECOND_FACTOR


@pytest.mark.parametrize(
    ("demanded", "asked"),
    [
        ([], []),
        (["admin"], ["admin", "boss"]),
        (["auditor", "coordinator"], ["auditor", "coordinator"]),
        (["all"], ["admin", "auditor", "boss", "coordinator", "staff"]),
    ],
)
def test_it_is_demanded_of_the_roles_that_are_named(
    settings: Settings, demanded: list[str], asked: list[str]
) -> None:
    settings.REQUIRE_SECOND_FACTOR = demanded
    accounts = {role: make_account(role, role) for role in ROLES}
    accounts["boss"] = User.objects.create_superuser("boss")
    accounts["staff"] = User.objects.create_user("staff", is_staff=True)

    assert sorted(name for name, one in accounts.items() if has_to_set_up(one)) == asked


def test_it_is_set_up_after_the_login_and_opens_everything(settings: Settings) -> None:
    settings.REQUIRE_SECOND_FACTOR = ["auditor"]
    audrey, client = make_account("audrey", "auditor"), Client()

    with time_machine.travel(NOW, tick=False):
        assert log_in(client, "audrey")
        assert not is_in(client)
        page = client.get("/admin/", follow=True).content.decode()
        assert "Your role demands a second factor" in page
        set_up(client, audrey)
        assert is_in(client)


def test_until_then_no_page_and_no_action_is_anybodys(settings: Settings) -> None:
    boss = make_callers()["admin"]
    settings.REQUIRE_SECOND_FACTOR = ["admin"]
    open_to_all = {"admin/login/", "admin/logout/", "admin/second-factor/", "i18n/setlang/"}

    for method, route in TABLE:
        if route in open_to_all:
            continue
        path = path_of(route) if method != "ACT" else f"/{route.rpartition('/')[0]}/"
        answer = boss.post(path) if method in ("POST", "ACT") else boss.get(path)
        assert answer.status_code == 302, f"{method} {route}"
        assert answer["Location"] == SECOND_FACTOR, f"{method} {route}"


def test_whoever_does_not_want_to_may_log_out(settings: Settings) -> None:
    settings.REQUIRE_SECOND_FACTOR = ["all"]
    client = client_at_desk(make_account("cora", "coordinator"))

    assert client.post("/admin/logout/").status_code == 200
    assert client.get(SECOND_FACTOR)["Location"].startswith(LOGIN)


def test_it_is_not_given_up_while_it_is_demanded(settings: Settings) -> None:
    settings.REQUIRE_SECOND_FACTOR = ["coordinator"]
    cora = make_account("cora", "coordinator")
    with time_machine.travel(NOW, tick=False) as clock:
        client = client_at_desk(cora)
        device, _ = set_up(client, cora)
        clock.shift(timedelta(minutes=1))

        page = enter(client, code_of(device, at=NOW + timedelta(minutes=1)))

        assert "as your role demands" in page
        assert "<form method" not in page.partition("as your role demands")[2]
        assert TOTPDevice.objects.get().confirmed
        assert is_in(client)


def test_what_an_admin_took_away_is_set_up_anew(settings: Settings, desk: Client) -> None:
    cora = make_account("cora", "coordinator")
    with time_machine.travel(NOW, tick=False):
        set_up(client_at_desk(cora), cora)
    desk.post(
        "/admin/auth/user/", {"action": "remove_second_factors", "_selected_action": [cora.pk]}
    )
    settings.REQUIRE_SECOND_FACTOR = ["coordinator"]

    assert has_to_set_up(cora)
    settings.REQUIRE_SECOND_FACTOR = ["admin"]
    assert not has_to_set_up(cora)
