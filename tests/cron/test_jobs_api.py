from __future__ import annotations

from collections.abc import Callable

import pytest
from django_celery_beat.models import CrontabSchedule, PeriodicTask
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from cron.models import ExpiryCheckJob, ExpiryCheckRun, RunStatus
from cron.services.jobs import create_job
from tests.conftest import EXAMPLE_NOW
from tests.factories import ExpiryCheckRunFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

PATH = "/api/v1/certification-cron"


def a_job(name: str = "nightly") -> ExpiryCheckJob:
    return create_job(name=name, cron_expression="0 2 * * *", now=EXAMPLE_NOW)


def test_a_job_is_a_row_that_beat_reads(api: APIClient) -> None:
    api.post(
        PATH,
        {"name": "n", "cron_expression": "*/15 2,7-9 * jan-MAR 5-7", "timezone": "Europe/Oslo"},
    )

    job = ExpiryCheckJob.objects.get()
    task = PeriodicTask.objects.get()
    assert (task.task, task.args, task.enabled) == (
        "cron.tasks.run_scheduled_check",
        f"[{job.pk}]",
        True,
    )
    row = CrontabSchedule.objects.get()
    assert (row.minute, row.hour, row.day_of_month) == ("*/15", "2,7,8,9", "*")
    assert (row.month_of_year, row.day_of_week) == ("1,2,3", "0,5,6")
    assert str(row.timezone) == "Europe/Oslo"


def test_a_time_zone_other_than_utc_is_shown_and_counts(api: APIClient) -> None:
    request = {"name": "n", "cron_expression": "0 2 * * *", "timezone": "Europe/Oslo"}

    body = api.post(PATH, request).json()

    assert body["timezone"] == "Europe/Oslo"
    assert body["next_run_at"] == "2026-03-27T01:00:00Z"
    assert api.get(PATH).json()["data"][0]["timezone"] == "Europe/Oslo"


@pytest.mark.parametrize(
    ("change", "pointers"),
    [
        ({"cron_expression": "0 25 * * *"}, ["#/cron_expression"]),
        ({"cron_expression": "0 0 30 2 *"}, ["#/cron_expression"]),
        ({"cron_expression": "0 0 1 * 1"}, ["#/cron_expression"]),
        ({"timezone": "Mars/Olympus"}, ["#/timezone"]),
        ({"timezone": "../etc/passwd"}, ["#/timezone"]),
        ({"enabled": "yes"}, ["#/enabled"]),
        ({"name": ""}, ["#/name"]),
        ({"name": 7, "colour": "red"}, ["#/name", "#/colour"]),
    ],
)
def test_a_bad_setting_is_named_and_nothing_is_made(
    api: APIClient, change: dict[str, object], pointers: list[str]
) -> None:
    request = {"name": "n", "cron_expression": "0 2 * * *", **change}

    response = api.post(PATH, request)

    assert response.status_code == 400
    assert [fault["pointer"] for fault in response.json()["errors"]] == pointers
    assert not ExpiryCheckJob.objects.exists()
    assert not PeriodicTask.objects.exists()
    assert not CrontabSchedule.objects.exists()


def test_a_taken_name_is_a_conflict_that_changes_nothing(api: APIClient) -> None:
    a_job("taken")
    other = a_job("other")

    created = api.post(PATH, {"name": "taken", "cron_expression": "0 3 * * *"})
    renamed = api.put(f"{PATH}/{other.public_id}", {"name": "taken", "enabled": False})

    assert created.status_code == renamed.status_code == 409
    assert created.json()["type"] == "/problems/job-name-taken"
    assert PeriodicTask.objects.filter(enabled=True).count() == 2


def test_what_was_read_can_be_sent_back(api: APIClient) -> None:
    job = a_job()
    body = api.get(f"{PATH}/{job.public_id}").json()

    response = api.put(f"{PATH}/{job.public_id}", body)

    assert response.status_code == 200


def test_an_update_with_nothing_to_change_is_refused(api: APIClient) -> None:
    job = a_job()

    response = api.put(f"{PATH}/{job.public_id}", {})

    assert response.status_code == 400


def test_a_disabled_job_has_no_next_run(api: APIClient) -> None:
    job = a_job()

    body = api.put(f"{PATH}/{job.public_id}", {"enabled": False}).json()

    assert (body["status"], body["next_run_at"]) == ("disabled", None)
    assert not PeriodicTask.objects.get().enabled


def test_deleting_a_job_deletes_its_rows_and_keeps_its_runs(api: APIClient) -> None:
    job = a_job()
    run = ExpiryCheckRunFactory.create(job=job)

    api.delete(f"{PATH}/{job.public_id}")

    assert not PeriodicTask.objects.exists()
    assert not CrontabSchedule.objects.exists()
    run.refresh_from_db()
    assert (run.job, run.reminders_sent) == (None, 3)


@pytest.mark.parametrize("id", ["cron-999", "cron-1", "cron-0001", "1", "run-001", "cron-", "x"])
@pytest.mark.parametrize(
    "call",
    [
        lambda api, path: api.get(path),
        lambda api, path: api.put(path, {"enabled": True}),
        lambda api, path: api.delete(path),
        lambda api, path: api.post(f"{path}/execute", {}),
        lambda api, path: api.get(f"{path}/runs"),
    ],
    ids=["get", "put", "delete", "execute", "runs"],
)
def test_an_id_that_is_none_of_ours_is_not_found(
    api: APIClient, id: str, call: Callable[..., object]
) -> None:
    response = call(api, f"{PATH}/{id}")

    assert response.status_code == 404  # type: ignore[attr-defined]


def test_a_second_run_of_a_job_is_a_conflict_that_names_the_first(api: APIClient) -> None:
    job = a_job()
    first = api.post(f"{PATH}/{job.public_id}/execute", {}).json()

    response = api.post(f"{PATH}/{job.public_id}/execute", {"dry_run": True})

    assert response.status_code == 409
    assert response.json()["run_id"] == first["run_id"]
    assert ExpiryCheckRun.objects.count() == 1


def test_a_broker_that_is_away_is_said_and_the_run_is_failed(
    api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cron import tasks

    def away(*args: object, **kwargs: object) -> None:
        raise ConnectionRefusedError("no broker")

    job = a_job()
    monkeypatch.setattr(tasks.run_expiry_check, "apply_async", away)

    response = api.post(f"{PATH}/{job.public_id}/execute", {})

    assert response.status_code == 503
    assert response.json()["type"] == "/problems/broker-unavailable"
    run = ExpiryCheckRun.objects.get()
    assert (run.status, run.failure) == (RunStatus.FAILED, "The message broker was away.")


def test_a_dry_run_is_not_the_last_run_of_a_job(api: APIClient) -> None:
    job = a_job()
    ExpiryCheckRunFactory.create(job=job)
    ExpiryCheckRunFactory.create(
        job=job, dry_run=True, reminders_due=7, started_at=EXAMPLE_NOW, reminders_sent=0
    )

    body = api.get(f"{PATH}/{job.public_id}").json()
    runs = api.get(f"{PATH}/{job.public_id}/runs").json()["data"]

    assert body["last_run_at"] == "2026-03-25T02:00:00Z"
    assert runs[0]["result"]["reminders_due"] == 7
    assert "reminders_due" not in runs[1]["result"]


def test_reads_cost_the_same_whatever_the_page(
    api: APIClient, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(30):
        job = a_job(f"job {number}")
        ExpiryCheckRunFactory.create_batch(3, job=job)

    for path in (PATH, f"{PATH}/{job.public_id}", f"{PATH}/{job.public_id}/runs"):
        with django_assert_max_num_queries(3):
            assert api.get(path).status_code == 200
