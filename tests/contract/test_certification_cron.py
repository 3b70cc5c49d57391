"""Every example of contract certification-cron, as its owner published it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import time_machine
from rest_framework.test import APIClient

from cron.models import ExpiryCheckJob
from cron.services.jobs import create_job
from tests.contract.compare import assert_same
from tests.factories import ExpiryCheckRunFactory

pytestmark = pytest.mark.django_db

PATH = "/api/v1/certification-cron"


@pytest.fixture
def job() -> ExpiryCheckJob:
    """The job of the examples, whatever number the database gave it."""
    created_at = datetime(2025, 1, 15, tzinfo=UTC)
    return create_job(name="nightly_expiry_check", cron_expression="0 2 * * *", now=created_at)


@time_machine.travel("2026-03-25T12:00:00Z", tick=False)
def test_list_jobs(api: APIClient, job: ExpiryCheckJob) -> None:
    ExpiryCheckRunFactory.create(job=job)

    response = api.get(PATH)

    assert response.status_code == 200
    body = response.json()
    assert_same(
        body["data"][0],
        {
            "id": job.public_id,
            "name": "nightly_expiry_check",
            "cron_expression": "0 2 * * *",
            "status": "active",
            "last_run_at": "2026-03-25T02:00:00Z",
            "last_run_status": "success",
            "next_run_at": "2026-03-26T02:00:00Z",
        },
    )
    assert_same(body["pagination"], {"page": 1, "limit": 20, "total": 1})


@time_machine.travel("2026-03-25T12:00:00Z", tick=False)
def test_get_a_job(api: APIClient, job: ExpiryCheckJob) -> None:
    ExpiryCheckRunFactory.create(job=job)

    response = api.get(f"{PATH}/{job.public_id}")

    assert response.status_code == 200
    assert_same(
        response.json(),
        {
            "id": job.public_id,
            "name": "nightly_expiry_check",
            "cron_expression": "0 2 * * *",
            "status": "active",
            "last_run_at": "2026-03-25T02:00:00Z",
            "last_run_status": "success",
            "last_run_result": {"mentors_checked": 124, "reminders_sent": 3, "errors": 0},
            "next_run_at": "2026-03-26T02:00:00Z",
            "created_at": "2025-01-15T00:00:00Z",
        },
    )


@time_machine.travel("2026-03-26T10:00:00Z", tick=False)
def test_create_a_job(api: APIClient) -> None:
    request = {"name": "nightly_expiry_check", "cron_expression": "0 2 * * *", "enabled": True}

    response = api.post(PATH, request)

    assert response.status_code == 201
    assert_same(
        response.json(),
        {
            "id": ExpiryCheckJob.objects.get().public_id,
            "name": "nightly_expiry_check",
            "cron_expression": "0 2 * * *",
            "status": "active",
            "next_run_at": "2026-03-27T02:00:00Z",
            "created_at": "2026-03-26T10:00:00Z",
        },
    )


@time_machine.travel("2026-03-26T10:00:00Z", tick=False)
def test_update_a_job(api: APIClient, job: ExpiryCheckJob) -> None:
    request = {"cron_expression": "0 3 * * *", "enabled": True}

    response = api.put(f"{PATH}/{job.public_id}", request)

    assert response.status_code == 200
    assert_same(
        response.json(),
        {
            "id": job.public_id,
            "cron_expression": "0 3 * * *",
            "status": "active",
            "next_run_at": "2026-03-27T03:00:00Z",
            "updated_at": "2026-03-26T10:00:00Z",
        },
    )


def test_delete_a_job(api: APIClient, job: ExpiryCheckJob) -> None:
    response = api.delete(f"{PATH}/{job.public_id}")

    assert response.status_code == 200
    assert_same(response.json(), {"deleted": True, "id": job.public_id})
    assert api.get(f"{PATH}/{job.public_id}").status_code == 404


@time_machine.travel("2026-03-26T10:05:00Z", tick=False)
def test_execute_a_job(api: APIClient, job: ExpiryCheckJob) -> None:
    response = api.post(f"{PATH}/{job.public_id}/execute", {"dry_run": False})

    assert response.status_code == 202
    assert_same(
        response.json(),
        {
            "run_id": job.runs.get().public_id,
            "cron_id": job.public_id,
            "triggered_at": "2026-03-26T10:05:00Z",
            "status": "running",
        },
    )


def test_list_runs(api: APIClient, job: ExpiryCheckJob) -> None:
    run = ExpiryCheckRunFactory.create(job=job)

    response = api.get(f"{PATH}/{job.public_id}/runs")

    assert response.status_code == 200
    body = response.json()
    assert_same(
        body["data"][0],
        {
            "run_id": run.public_id,
            "cron_id": job.public_id,
            "started_at": "2026-03-25T02:00:00Z",
            "completed_at": "2026-03-25T02:01:12Z",
            "status": "success",
            "result": {"mentors_checked": 124, "reminders_sent": 3, "errors": 0},
        },
    )
    assert_same(body["pagination"], {"page": 1, "limit": 20, "total": 1})


def test_public_ids_are_padded_as_in_the_examples() -> None:
    assert ExpiryCheckJob(pk=1).public_id == "cron-001"
    assert ExpiryCheckRunFactory.build(pk=89).public_id == "run-0089"
