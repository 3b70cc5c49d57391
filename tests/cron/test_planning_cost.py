"""Planning costs a fixed number of statements a batch, and goes by key."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from certifications.models import Certification, Mentor
from cron.models import Reminder, Trigger
from cron.services import planning
from cron.services.runs import claim_run, open_run
from tests.cron.conftest import Clock
from tests.factories import CertificationTypeFactory

pytestmark = pytest.mark.django_db

NIGHT = datetime(2026, 3, 26, 2, tzinfo=UTC)


def certifications(number: int) -> None:
    """So many certifications at stage 7 or 14, some at the same moment."""
    kind = CertificationTypeFactory.create()
    start = Mentor.objects.count()
    mentors = Mentor.objects.bulk_create(
        Mentor(id=f"m{start + index}", email=f"m{index}@example.org") for index in range(number)
    )
    Certification.objects.bulk_create(
        Certification(
            mentor=mentor,
            certification_type=kind,
            issued_at=NIGHT - timedelta(days=300),
            expires_at=NIGHT + timedelta(days=1 + index % 13),
        )
        for index, mentor in enumerate(mentors)
    )


def plan() -> int:
    """Plan a run and return how many statements that took."""
    run = claim_run(open_run(job=None, trigger=Trigger.COMMAND, now=NIGHT).pk, NIGHT)
    assert run is not None
    with CaptureQueriesContext(
        connection,
    ) as queries:
        planning.plan_run(run, now=NIGHT)
    return len(queries)


def test_the_number_of_statements_does_not_grow_with_the_rows(clock: Clock) -> None:
    clock.set(NIGHT)
    certifications(10)
    few = plan()
    certifications(1000)

    many = plan()

    assert many == few
    assert Reminder.objects.count() == 1010


@pytest.mark.parametrize("batch", [1, 7, 50, 99, 100, 101])
def test_walking_in_batches_finds_each_certification_once(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    clock.set(NIGHT)
    certifications(100)
    monkeypatch.setattr(planning, "PLAN_BATCH", batch)

    plan()

    assert Reminder.objects.count() == 100
    assert Reminder.objects.values("certification").distinct().count() == 100
