"""The audit log: what stands in it, who sees it, and that it stays as it was written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group, User
from django.test import Client
from knox.models import AuthToken
from rest_framework.test import APIClient

from config.audit import recording
from config.models import AuditEntry, AuditEvent
from tests.audit.entries import ADDRESS, entries
from tests.conftest import client_of
from tests.desk.conftest import PASSWORD, client_at_desk, make_account

LOGIN = "/admin/login/"
LOG = "/admin/config/auditentry/"

pytestmark = pytest.mark.django_db


def log_in(password: str, client: Client | None = None) -> Any:
    form = {"username": "audrey", "password": password}
    return (client or Client()).post(LOGIN, form, REMOTE_ADDR=ADDRESS)


def test_logins_and_logouts_are_kept_with_account_and_address() -> None:
    make_account("audrey", "auditor")
    AuditEntry.objects.all().delete()
    client = Client()

    log_in("wrong")
    log_in(PASSWORD, client)
    client.post("/admin/logout/", REMOTE_ADDR=ADDRESS)

    assert entries() == [
        ("login_failed", "audrey", ADDRESS, ""),
        ("login", "audrey", ADDRESS, ""),
        ("logout", "audrey", ADDRESS, ""),
    ]


def test_a_lock_out_is_kept() -> None:
    make_account("audrey", "auditor")

    for _ in range(5):
        log_in("wrong")

    assert entries(AuditEvent.LOCKED_OUT) == [("locked_out", "audrey", ADDRESS, "")]


def test_a_tokens_life_is_kept_without_the_token() -> None:
    client = client_of("hr", "system")
    token = AuthToken.objects.get()
    digest = token.digest
    for _ in range(3):
        client.get("/api/v1/mentors", REMOTE_ADDR=ADDRESS)
    token.delete()

    name = digest[:12]
    assert entries(AuditEvent.TOKEN_CREATED, AuditEvent.TOKEN_USED, AuditEvent.TOKEN_REVOKED) == [
        ("token_created", "", None, f"{name} of hr"),
        ("token_used", "hr", ADDRESS, name),
        ("token_revoked", "", None, f"{name} of hr"),
    ]


def test_a_tokens_use_is_kept_once_a_day_and_address_whatever_process_serves() -> None:
    client = client_of("hr", "system")

    def call(address: str) -> None:
        # As another process, which has noted nothing yet.
        recording._noted.clear()
        client.get("/api/v1/mentors", REMOTE_ADDR=address)

    with time_machine.travel(datetime(2026, 3, 26, 10, tzinfo=UTC)) as clock:
        for address in (ADDRESS, ADDRESS, "203.0.113.10"):
            call(address)
        clock.shift(timedelta(days=1))
        call(ADDRESS)

    assert [address for _, _, address, _ in entries(AuditEvent.TOKEN_USED)] == [
        ADDRESS,
        "203.0.113.10",
        ADDRESS,
    ]


def test_a_token_that_is_refused_was_not_used() -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION="Bearer " + "0" * 64)

    client.get("/api/v1/mentors")

    assert entries(AuditEvent.TOKEN_USED) == []


def test_roles_that_are_given_and_taken_in_the_admin_name_who_did_it(desk: Client) -> None:
    account = make_account("audrey", "auditor")
    coordinator = Group.objects.get_or_create(name="coordinator")[0]
    AuditEntry.objects.all().delete()

    form = {"username": "audrey", "groups": [coordinator.pk], "is_superuser": "on"}
    answer = desk.post(
        f"/admin/auth/user/{account.pk}/change/",
        {**form, "date_joined_0": "2026-01-01", "date_joined_1": "00:00"},
        REMOTE_ADDR=ADDRESS,
    )

    assert answer.status_code == 302, answer.context["errors"]
    assert sorted(entries()) == [
        ("role_given", "boss", ADDRESS, "coordinator of audrey"),
        ("role_given", "boss", ADDRESS, "is_superuser of audrey"),
        ("role_taken", "boss", ADDRESS, "auditor of audrey"),
        ("role_taken", "boss", ADDRESS, "is_active of audrey"),
    ]


@pytest.mark.parametrize(
    ("role", "status"), [("admin", 200), ("auditor", 200), ("coordinator", 403)]
)
def test_admins_and_auditors_read_the_log(role: str, status: int) -> None:
    client = client_at_desk(make_account("somebody", role))

    assert client.get(LOG).status_code == status


def test_nobody_edits_or_deletes_or_adds(desk: Client) -> None:
    row = AuditEntry.objects.order_by("id").last()
    assert row is not None

    desk.post(f"{LOG}{row.pk}/change/", {"account": "nobody"})
    desk.post(f"{LOG}{row.pk}/delete/", {"post": "yes"})
    desk.post(LOG, {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"})
    added = desk.get(f"{LOG}add/")

    assert added.status_code == 403
    assert AuditEntry.objects.get(pk=row.pk).account == row.account


def test_the_log_outlives_the_account() -> None:
    client_of("hr", "system").get("/api/v1/mentors")
    User.objects.get(username="hr").delete()

    assert ("token_used", "hr") in [entry[:2] for entry in entries()]


def test_old_entries_can_be_found() -> None:
    now = datetime(2026, 3, 26, tzinfo=UTC)
    for days in (1, 10, 100):
        recording.record(AuditEvent.LOGIN, now=now - timedelta(days=days), account=str(days))

    found = AuditEntry.objects.older_than(now - timedelta(days=10))

    assert [entry.account for entry in found] == ["100"]


def test_entries_are_lines_of_the_log_as_well(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")

    recording.record(AuditEvent.LOGIN, now=datetime.now(UTC), account="audrey", address=ADDRESS)

    line = str(caplog.records[-1].msg)
    assert "'what': 'login'" in line
    assert ADDRESS in line
