"""Old runs and their mails: what goes, and what has to stay."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import Settings

from certifications.models import Certification
from config import retention
from cron.models import (
    CoordinatorDigest,
    DeliveryState,
    ExpiryCheckRun,
    Reminder,
    RunStatus,
    Trigger,
)
from cron.services import runs
from cron.services.jobs import create_job
from tests.cron.conftest import Clock, check_expiry
from tests.factories import CertificationFactory, CoordinatorFactory, ExpiryCheckRunFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 26, 10, 0, tzinfo=UTC)
OLD = NOW - timedelta(days=400)


@pytest.fixture(autouse=True)
def _a_year(settings: Settings) -> None:
    settings.KEEP_RUNS_DAYS = 365


def reminded(certification: Certification, *, expires_at: datetime, **more: object) -> Reminder:
    """A reminder of an old run that went out 30 days before that expiry."""
    values = {"state": DeliveryState.SENT, "settled_at": OLD, "next_attempt_at": OLD, **more}
    return Reminder.objects.create(
        certification=certification,
        expires_at=expires_at,
        stage=30,
        run=ExpiryCheckRunFactory.create(started_at=OLD),
        **values,
    )


def test_an_old_run_goes_and_a_young_one_stays() -> None:
    ExpiryCheckRunFactory.create(started_at=OLD)
    young = ExpiryCheckRunFactory.create(started_at=NOW - timedelta(days=364))

    retention.prune(now=NOW)

    assert list(ExpiryCheckRun.objects.all()) == [young]


def test_a_run_that_goes_on_stays_however_old() -> None:
    ExpiryCheckRunFactory.create(started_at=OLD, status=RunStatus.RUNNING)

    retention.prune(now=NOW)

    assert ExpiryCheckRun.objects.exists()


def test_a_reminder_of_an_expiry_that_was_renewed_goes_with_its_run() -> None:
    certification = CertificationFactory.create(expires_at=NOW + timedelta(days=300))
    reminded(certification, expires_at=OLD + timedelta(days=30))

    retention.prune(now=NOW)

    assert not Reminder.objects.exists()
    assert not ExpiryCheckRun.objects.exists()


def test_a_reminder_stays_while_its_certification_expires_then() -> None:
    certification = CertificationFactory.create(expires_at=OLD + timedelta(days=30))
    reminder = reminded(certification, expires_at=certification.expires_at)

    retention.prune(now=NOW)

    assert list(Reminder.objects.all()) == [reminder]
    assert list(ExpiryCheckRun.objects.all()) == [reminder.run]


def test_nobody_gets_a_second_mail_after_pruning(
    clock: Clock, mailoutbox: list[object], settings: Settings
) -> None:
    settings.KEEP_RUNS_DAYS = 1
    certification = CertificationFactory.create(expires_at=NOW + timedelta(days=6))
    clock.start(NOW)
    check_expiry()
    assert len(mailoutbox) == 1
    # Moved ahead and back again, as a correction does.
    Certification.objects.update(expires_at=NOW + timedelta(days=900))
    clock.start(NOW + timedelta(days=3))
    retention.prune(now=NOW + timedelta(days=3))
    Certification.objects.update(expires_at=certification.expires_at)

    check_expiry()

    assert len(mailoutbox) == 1


def test_a_job_keeps_the_run_of_its_last_slot_and_its_last_real_run() -> None:
    job = create_job(name="yearly", cron_expression="0 2 1 1 *", now=OLD - timedelta(days=500))
    slots = [datetime(2024, 1, 1, 2, tzinfo=UTC), datetime(2025, 1, 1, 2, tzinfo=UTC)]
    earlier, latest = (
        ExpiryCheckRunFactory.create(job=job, slot=slot, started_at=slot) for slot in slots
    )
    by_hand = ExpiryCheckRunFactory.create(
        job=job, started_at=slots[1] + timedelta(days=9), trigger=Trigger.ADMIN
    )
    dry = ExpiryCheckRunFactory.create(
        job=job, started_at=slots[1] + timedelta(days=10), dry_run=True
    )

    retention.prune(now=NOW)

    assert set(ExpiryCheckRun.objects.all()) == {latest, by_hand}
    assert earlier.pk != dry.pk


def test_no_slot_is_owed_again_after_pruning() -> None:
    made = datetime(2023, 6, 1, tzinfo=UTC)
    job = create_job(name="yearly", cron_expression="0 2 1 1 *", now=made)
    for year in (2024, 2025, 2026):
        slot = datetime(year, 1, 1, 2, tzinfo=UTC)
        ExpiryCheckRunFactory.create(job=job, slot=slot, started_at=slot)
    later = NOW + timedelta(days=200)

    retention.prune(now=later + timedelta(days=30))

    assert runs.start_owed_run(job=job, now=later) is None


def test_a_digest_stays_until_the_coordinator_got_another_one() -> None:
    coordinator = CoordinatorFactory.create()
    digests = [
        CoordinatorDigest.objects.create(
            coordinator=coordinator,
            run=ExpiryCheckRunFactory.create(started_at=moment),
            covers_from=moment - timedelta(days=1),
            covers_until=moment,
            state=DeliveryState.SENT,
            settled_at=moment,
            next_attempt_at=moment,
        )
        for moment in (OLD, OLD + timedelta(days=1))
    ]

    retention.prune(now=NOW)

    assert list(CoordinatorDigest.objects.all()) == digests[1:]
    assert list(ExpiryCheckRun.objects.all()) == [digests[1].run]
