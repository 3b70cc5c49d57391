"""How long people stay logged in, and how their sessions end."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from config import retention
from config.models import AuditEntry
from tests.desk.conftest import client_at_desk, make_account
from tests.desk.factors import LOGIN, NOW, is_in, log_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def cora() -> User:
    return make_account("cora", "coordinator")


def writes_of_sessions(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        client.get(path)
    return sum('UPDATE "django_session"' in query["sql"] for query in queries)


@pytest.mark.parametrize(("minutes", "stays"), [(59, True), (61, False)])
def test_who_asks_for_nothing_is_logged_out(cora: User, minutes: int, stays: bool) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        client = Client()
        assert log_in(client, "cora")
        clock.shift(timedelta(minutes=minutes))

        assert is_in(client) == stays


def test_who_goes_on_working_stays_until_the_day_is_over(cora: User) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        client = Client()
        assert log_in(client, "cora")
        worked = []
        for _ in range(16):
            clock.shift(timedelta(minutes=50))
            worked.append(is_in(client))

    # 14 times 50 minutes are within twelve hours, 15 times are not.
    assert worked == [True] * 14 + [False] * 2


def test_a_login_in_an_open_browser_begins_anew(cora: User) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        client = Client()
        for _ in range(16):
            assert log_in(client, "cora")
            clock.shift(timedelta(minutes=50))

        assert is_in(client)


def test_limits_are_settings_and_count_for_sessions_that_are_there(
    cora: User, settings: Settings
) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        client = client_at_desk(cora)
        clock.shift(timedelta(minutes=50))
        assert is_in(client)
        settings.SESSION_IDLE_MINUTES = 10
        assert is_in(client)
        clock.shift(timedelta(minutes=9))
        assert is_in(client)
        clock.shift(timedelta(minutes=11))
        assert not is_in(client)

        other = client_at_desk(cora)
        clock.shift(timedelta(minutes=5))
        settings.SESSION_HOURS = 0  # as if hours had gone by
        assert not is_in(other)


def test_a_session_from_before_gets_limits_when_it_is_used(cora: User) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        client = client_at_desk(cora)
        session = client.session
        for key in ("_certkeep_started", "_session_expiry"):
            del session[key]
        session.set_expiry(timedelta(days=14))
        session.save()
        clock.shift(timedelta(days=1))

        assert is_in(client)
        clock.shift(timedelta(minutes=61))
        assert not is_in(client)


def test_reading_writes_a_session_once_a_minute(cora: User) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        client = client_at_desk(cora)
        writes = []
        for seconds in (10, 20, 29, 1, 10):
            clock.shift(timedelta(seconds=seconds))
            writes.append(writes_of_sessions(client, "/admin/"))

    assert writes == [0, 0, 0, 1, 0]


def test_whoever_brings_no_session_asks_the_database_for_none(client: Client) -> None:
    with CaptureQueriesContext(connection) as queries:
        client.get(LOGIN)

    assert not [query for query in queries if "django_session" in query["sql"]]


def test_expired_sessions_are_pruned_and_a_dry_run_counts_them(
    cora: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    out = StringIO()
    with time_machine.travel(NOW, tick=False) as clock:
        for _ in range(5):
            client_at_desk(cora)
        clock.shift(timedelta(minutes=61))
        current = client_at_desk(cora)

        call_command("prune", "--dry-run", stdout=out)
        assert Session.objects.count() == 6
        call_command("prune", stdout=out)

        assert Session.objects.count() == 1
        assert is_in(current)
    assert out.getvalue().count("sessions: 5 (expired)") == 2


def test_an_admin_ends_all_sessions_of_an_account(desk: Client, cora: User) -> None:
    browsers = [client_at_desk(cora) for _ in range(3)]
    other = client_at_desk(make_account("other", "coordinator"))

    answer = desk.post(
        "/admin/auth/user/",
        {"action": "end_all_sessions", "_selected_action": [cora.pk]},
        follow=True,
    )

    assert "Has to log in again: cora." in answer.content.decode()
    assert [is_in(browser) for browser in browsers] == [False] * 3
    assert is_in(other)
    assert is_in(desk)
    entry = AuditEntry.objects.get(event="sessions_ended")
    assert (entry.account, entry.subject) == ("boss", "cora")


def test_an_admin_who_ends_her_own_sessions_is_out_as_well(desk: Client) -> None:
    boss = User.objects.get(username="boss")

    answer = desk.post(
        "/admin/auth/user/", {"action": "end_all_sessions", "_selected_action": [boss.pk]}
    )

    assert answer.status_code == 302
    assert not is_in(desk)
