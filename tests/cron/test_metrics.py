"""What `/metrics` tells of jobs, runs and reminders."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from cron.metrics import _read
from cron.models import RunStatus, Trigger
from cron.services import runs
from cron.services.jobs import create_job
from tests.config.test_metrics import read
from tests.cron.conftest import NOW, Clock
from tests.factories import CertificationFactory, ExpiryCheckRunFactory, MentorFactory

pytestmark = [
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.usefixtures("_inline_tasks"),
]


def of(api: APIClient, name: str, **labels: str) -> float | None:
    return read(api).get((f"certkeep_{name}", tuple(sorted(labels.items()))))


def test_runs_and_reminders_are_counted_by_what_became_of_them(
    clock: Clock, api: APIClient
) -> None:
    clock.start(NOW)
    job = create_job(name="nightly", cron_expression="0 2 * * *", now=NOW)
    for _ in range(2):
        CertificationFactory.create(expires_at=NOW + timedelta(days=6))
    CertificationFactory.create(
        mentor=MentorFactory.create(email=""), expires_at=NOW + timedelta(days=6)
    )

    runs.execute_job(job=job, trigger=Trigger.API, now=NOW)
    runs.execute_job(job=job, trigger=Trigger.API, now=NOW, dry_run=True)

    assert of(api, "runs_total", status="partial") == 1
    assert of(api, "runs_total", status="success") == 0
    assert of(api, "reminders_total", outcome="sent") == 2
    assert of(api, "reminders_total", outcome="failed") == 1


def test_a_run_that_fails_is_counted_once(api: APIClient) -> None:
    run = ExpiryCheckRunFactory.create(status=RunStatus.RUNNING, completed_at=None)

    runs.fail_run(run, reason="gone", now=NOW)
    runs.fail_run(run, reason="gone", now=NOW)

    assert of(api, "runs_total", status="failed") == 1


def test_the_latest_good_run_and_the_one_that_goes_on_are_shown(
    clock: Clock, api: APIClient
) -> None:
    clock.set(NOW)
    job = create_job(name="nightly", cron_expression="0 2 * * *", now=NOW)
    ended = datetime(2026, 3, 25, 2, 1, 12, tzinfo=NOW.tzinfo)
    ExpiryCheckRunFactory.create(job=job)
    ExpiryCheckRunFactory.create(
        job=job, status=RunStatus.FAILED, started_at=NOW - timedelta(hours=1)
    )
    ExpiryCheckRunFactory.create(
        job=job,
        status=RunStatus.RUNNING,
        completed_at=None,
        started_at=NOW - timedelta(seconds=90),
    )

    assert of(api, "last_run_duration_seconds", cron_id=job.public_id) == 72
    assert of(api, "last_run_timestamp_seconds", cron_id=job.public_id) == ended.timestamp()
    assert of(api, "running_run_seconds", cron_id=job.public_id) == 90


def test_an_overdue_job_shows_for_how_long_and_others_0(clock: Clock, api: APIClient) -> None:
    made = NOW - timedelta(days=1)
    late = create_job(name="nightly", cron_expression="0 2 * * *", now=made)
    calm = create_job(name="yearly", cron_expression="0 2 1 1 *", now=made)
    off = create_job(name="off", cron_expression="0 2 * * *", now=made, enabled=False)

    # Its slot was at 02:00, its grace time over at 03:00.
    clock.set(NOW.replace(hour=3, minute=0, second=30))

    assert of(api, "job_overdue_seconds", cron_id=late.public_id) == 30
    assert of(api, "job_overdue_seconds", cron_id=calm.public_id) == 0
    assert of(api, "job_overdue_seconds", cron_id=off.public_id) is None


def test_what_it_costs_does_not_grow_with_the_jobs(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(5):
        job = create_job(name=f"job {number}", cron_expression="0 2 * * *", now=NOW)
        ExpiryCheckRunFactory.create(job=job)

    with django_assert_num_queries(6):
        list(_read(NOW))
