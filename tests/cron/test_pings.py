"""Pings to a monitor: when a run begins, succeeds and fails."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.test import Client
from pytest_django import Settings
from rest_framework.test import APIClient

from config.outbound.connections import shared_connections
from cron.models import ExpiryCheckJob, ExpiryCheckRun, RunStatus, Trigger
from cron.services import pings, runs
from cron.services.jobs import create_job
from cron.services.pings import Ping, url_for
from tests.factories import ExpiryCheckRunFactory
from tests.webhooks.receiver import Receiver, answer, hang, receiving

pytestmark = [
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.usefixtures("_inline_tasks"),
]

NOW = datetime(2026, 3, 26, 10, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _monitors_on_this_machine(settings: Settings) -> Iterator[None]:
    settings.WEBHOOK_ALLOW_HTTP = True
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    yield
    shared_connections().close()


def job_with(url: str) -> ExpiryCheckJob:
    return create_job(name="nightly", cron_expression="0 2 * * *", now=NOW, ping_url=url)


def execute(job: ExpiryCheckJob, *, dry_run: bool = False) -> ExpiryCheckRun:
    run = runs.execute_job(job=job, trigger=Trigger.API, now=NOW, dry_run=dry_run)
    run.refresh_from_db()
    return run


def paths(receiver: Receiver) -> list[str]:
    assert {request.method for request in receiver.requests} <= {"GET"}
    return [request.path for request in receiver.requests]


def test_a_run_pings_when_it_begins_and_when_it_succeeds() -> None:
    with receiving() as receiver:
        run = execute(job_with(receiver.url))

    assert run.status == RunStatus.SUCCESS
    assert paths(receiver) == ["/hook/start", "/hook"]


def test_a_run_that_fails_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **more: object) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr("cron.services.runs.plan_run", fail)
    with receiving() as receiver:
        job = job_with(receiver.url)
        with pytest.raises(RuntimeError):
            execute(job)

    assert paths(receiver) == ["/hook/start", "/hook/fail"]


def test_a_dry_run_and_a_job_without_url_say_nothing() -> None:
    with receiving() as receiver:
        execute(job_with(receiver.url), dry_run=True)
        execute(create_job(name="other", cron_expression="0 2 * * *", now=NOW))

    assert paths(receiver) == []


def test_a_monitor_that_fails_does_not_fail_the_run() -> None:
    with receiving(answer(500), answer(200)) as receiver:
        run = execute(job_with(receiver.url))

    assert run.status == RunStatus.SUCCESS


def test_a_monitor_that_is_not_there_does_not_fail_the_run() -> None:
    run = execute(job_with("http://127.0.0.1:1/ping"))

    assert run.status == RunStatus.SUCCESS


def test_the_ping_of_an_end_is_tried_again() -> None:
    with receiving(answer(200), answer(503), answer(503), answer(200)) as receiver:
        execute(job_with(receiver.url))

    assert paths(receiver) == ["/hook/start", "/hook", "/hook", "/hook"]


def test_a_monitor_that_hangs_is_left_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pings, "TIMEOUT_S", 0.3)
    with receiving(always=hang) as receiver:
        run = ExpiryCheckRunFactory.create(
            job=job_with(receiver.url), status=RunStatus.RUNNING, completed_at=None
        )
        began = time.monotonic()

        assert not pings.send(run.pk, Ping.START, tries_left=1)

    assert time.monotonic() - began < 3


def test_the_beginning_of_a_run_that_is_over_is_not_told() -> None:
    with receiving() as receiver:
        run = ExpiryCheckRunFactory.create(job=job_with(receiver.url))

        assert not pings.send(run.pk, Ping.START, tries_left=1)

    assert paths(receiver) == []


def test_a_url_that_leads_inside_is_not_called(settings: Settings) -> None:
    with receiving() as receiver:
        job = job_with(receiver.url)
        settings.WEBHOOK_ALLOWED_NETWORKS = []

        run = execute(job)

    assert run.status == RunStatus.SUCCESS
    assert paths(receiver) == []


@pytest.mark.parametrize(
    ("url", "kind", "called"),
    [
        ("https://hc.example.org/abc", Ping.SUCCESS, "https://hc.example.org/abc"),
        ("https://hc.example.org/abc/", Ping.START, "https://hc.example.org/abc/start"),
        ("https://hc.example.org/abc?rid=1", Ping.FAILURE, "https://hc.example.org/abc/fail?rid=1"),
    ],
)
def test_the_path_is_added_to_the_url(url: str, kind: Ping, called: str) -> None:
    assert str(url_for(url, kind)) == called


def test_the_api_shows_and_takes_no_more_of_a_job_than_its_contract(api: APIClient) -> None:
    job_with("https://hc.example.org/abc")

    (shown,) = api.get("/api/v1/certification-cron").json()["data"]

    assert "ping_url" not in shown
    assert "grace_seconds" not in shown


def test_the_desk_is_where_it_is_given(desk: Client) -> None:
    page = desk.get("/admin/cron/expirycheckjob/add/").content.decode()

    assert 'name="ping_url"' in page
    assert 'name="grace_seconds"' in page
