"""Many at once, with real threads on PostgreSQL: nothing is lost, doubled, or a server error."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from rest_framework.test import APIClient

from certifications.models import Certification, CertificationType, Mentor, Renewal
from cron.models import ExpiryCheckRun, Reminder, Trigger
from cron.services import runs
from cron.services.jobs import create_job
from tests.conftest import EXAMPLE_NOW
from tests.factories import CertificationFactory, CertificationTypeFactory, MentorFactory
from tests.threads import THREADS, all_at_once

pytestmark = [
    pytest.mark.services,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]

RECORDS = "/api/v1/certification-records"


def statuses(call: Callable[[APIClient, int], Any]) -> Counter[int]:
    """How often each status was answered."""
    return Counter(all_at_once(lambda number: call(APIClient(), number).status_code))


@pytest.fixture(autouse=True)
def _on_postgresql(time_machine: time_machine.TimeMachineFixture) -> None:
    time_machine.move_to(EXAMPLE_NOW, tick=False)
    assert connection.vendor == "postgresql", "run by make test-services"


def a_certification() -> Certification:
    return CertificationFactory.create(
        mentor=MentorFactory.create(id="m"),
        issued_at=datetime.fromisoformat("2025-01-01T00:00:00Z"),
        expires_at=datetime.fromisoformat("2026-01-01T00:00:00Z"),
    )


def test_equal_renewals_make_one_entry() -> None:
    a_certification()
    body = {"renewed_at": "2026-01-01", "expires_at": "2027-01-01"}

    answered = statuses(lambda api, _: api.post(f"{RECORDS}/m/renewals", body))

    assert answered == {201: 1, 200: THREADS - 1}
    assert Renewal.objects.count() == 1


def test_different_renewals_are_all_kept_and_the_latest_decides() -> None:
    certification = a_certification()

    answered = statuses(
        lambda api, number: api.post(
            f"{RECORDS}/m/renewals",
            {"renewed_at": f"2026-01-{number + 1:02}", "expires_at": f"2027-01-{number + 1:02}"},
        )
    )

    assert answered == {201: THREADS}
    assert Renewal.objects.count() == THREADS
    certification.refresh_from_db()
    assert certification.expires_at == datetime.fromisoformat("2027-01-20T00:00:00Z")


def test_upserts_of_one_new_mentor_make_one_record() -> None:
    body = {"mentor_id": "new", "cert_type": "kind", "expires_at": "2099-01-01"}

    answered = statuses(lambda api, _: api.post(RECORDS, body))

    assert answered == {201: 1, 200: THREADS - 1}
    for model in (Mentor, CertificationType, Certification):
        assert model.objects.count() == 1


def test_only_one_of_many_new_certifications_is_new() -> None:
    body = {"mentor_id": "new", "certification_type": "kind", "expiry_date": "2099-01-01"}

    answered = statuses(lambda api, _: api.post("/api/v1/certifications", body))

    assert answered == {201: 1, 409: THREADS - 1}


def test_mentors_of_one_new_type_do_not_stand_in_each_others_way() -> None:
    answered = statuses(
        lambda api, number: api.post(
            RECORDS, {"mentor_id": f"m{number}", "cert_type": "kind", "expires_at": "2099-01-01"}
        )
    )

    assert answered == {201: THREADS}


def test_jobs_of_one_name_are_one() -> None:
    body = {"name": "nightly", "cron_expression": "0 2 * * *"}

    answered = statuses(lambda api, _: api.post("/api/v1/certification-cron", body))

    assert answered == {201: 1, 409: THREADS - 1}


def test_of_many_executes_one_runs() -> None:
    job = create_job(name="nightly", cron_expression="0 2 * * *", now=EXAMPLE_NOW)

    answered = statuses(
        lambda api, _: api.post(f"/api/v1/certification-cron/{job.public_id}/execute", {})
    )

    assert answered == {202: 1, 409: THREADS - 1}
    assert ExpiryCheckRun.objects.count() == 1


def test_a_slot_that_is_owed_is_run_once_whatever_fires() -> None:
    job = create_job(name="nightly", cron_expression="* * * * *", now=EXAMPLE_NOW)
    later = EXAMPLE_NOW.replace(minute=5)

    started = all_at_once(lambda _: runs.start_owed_run(job=job, now=later))

    assert sum(run is not None for run in started) == 1
    assert ExpiryCheckRun.objects.get().slot == later


def test_a_run_is_taken_up_by_one_worker() -> None:
    run = runs.open_run(job=None, trigger=Trigger.COMMAND, now=EXAMPLE_NOW)

    claimed = all_at_once(lambda _: runs.claim_run(run.pk, EXAMPLE_NOW))

    assert sum(one is not None for one in claimed) == 1


def test_no_reminder_is_claimed_twice() -> None:
    kind = CertificationTypeFactory.create()
    for _ in range(50):
        CertificationFactory.create(
            certification_type=kind, expires_at=EXAMPLE_NOW.replace(month=4, day=2)
        )
    run = runs.claim_run(
        runs.open_run(job=None, trigger=Trigger.COMMAND, now=EXAMPLE_NOW).pk, EXAMPLE_NOW
    )
    assert run is not None
    runs.prepare_run(run)
    claims = all_at_once(
        lambda _: Reminder.objects.filter(run=run).claim(
            limit=7, lease=timedelta(minutes=5), now=EXAMPLE_NOW
        )
    )

    held = [Reminder.objects.held_by(claim).count() for claim in claims if claim]
    assert sum(held) == 50
    assert max(held) <= 7


def test_two_runs_that_plan_at_once_make_one_reminder_each() -> None:
    for _ in range(30):
        CertificationFactory.create(expires_at=EXAMPLE_NOW.replace(month=4, day=2))
    opened = [
        runs.open_run(job=None, trigger=Trigger.COMMAND, now=EXAMPLE_NOW) for _ in range(THREADS)
    ]

    all_at_once(lambda number: runs.prepare_run(opened[number]))

    assert Reminder.objects.count() == 30
