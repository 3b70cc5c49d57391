"""Runs across crashes: leases, sweeps, and what the next run takes over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction

from cron.models import DeliveryState, ExpiryCheckRun, Reminder, RunStatus, Trigger
from cron.services import runs
from cron.services.jobs import create_job
from cron.services.sending import send_next_batch
from tests.cron.conftest import Clock, check_expiry
from tests.factories import CertificationFactory, ExpiryCheckRunFactory

pytestmark = [pytest.mark.django_db]

NIGHT = datetime(2026, 3, 26, 2, tzinfo=UTC)
LEASE = timedelta(seconds=300)


def due(number: int = 1) -> None:
    CertificationFactory.create_batch(number, expires_at=NIGHT + timedelta(days=7))


def a_planned_run() -> ExpiryCheckRun:
    """A run of a job that was planned, and then its worker was gone."""
    job = create_job(name="nightly", cron_expression="0 2 * * *", now=NIGHT)
    run = runs.open_run(job=job, trigger=Trigger.API, now=NIGHT)
    claimed = runs.claim_run(run.pk, NIGHT)
    assert claimed is not None
    runs.prepare_run(claimed)
    return claimed


def test_the_database_allows_one_run_per_slot_and_one_going_on(clock: Clock) -> None:
    job = create_job(name="nightly", cron_expression="0 2 * * *", now=NIGHT)
    ExpiryCheckRunFactory.create(job=job, slot=NIGHT)
    ExpiryCheckRunFactory.create(job=job, status=RunStatus.RUNNING)

    for values in ({"slot": NIGHT}, {"status": RunStatus.RUNNING}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ExpiryCheckRunFactory.create(job=job, **values)


def test_a_run_is_taken_up_by_one_worker(clock: Clock) -> None:
    clock.set(NIGHT)
    run = runs.open_run(job=None, trigger=Trigger.COMMAND, now=NIGHT)

    assert runs.claim_run(run.pk, NIGHT) is not None
    assert runs.claim_run(run.pk, NIGHT) is None


def test_a_batch_whose_worker_died_is_taken_up_after_its_lease(clock: Clock) -> None:
    clock.set(NIGHT)
    due(3)
    run = a_planned_run()
    dead = Reminder.objects.filter(run=run).claim(limit=2, lease=LEASE, now=NIGHT)
    assert dead is not None

    assert send_next_batch(run, now=NIGHT) == 1
    assert send_next_batch(run, now=NIGHT + LEASE - timedelta(seconds=1)) == 0
    assert send_next_batch(run, now=clock.set(NIGHT + LEASE)) == 2

    assert len(mail.outbox) == 3
    assert runs.finish_or_wait(run, now=NIGHT + LEASE) is None
    run.refresh_from_db()
    assert (run.status, run.reminders_sent) == ("success", 3)


def test_a_worker_that_lost_its_lease_sends_and_marks_nothing_more(clock: Clock) -> None:
    clock.set(NIGHT)
    due(2)
    run = a_planned_run()
    slow = Reminder.objects.filter(run=run).claim(limit=2, lease=LEASE, now=NIGHT)
    assert slow is not None

    send_next_batch(run, now=clock.set(NIGHT + LEASE))

    assert not Reminder.objects.held_by(slow).exists()
    assert len(mail.outbox) == 2


def test_a_silent_run_is_failed_and_the_next_does_what_it_left(clock: Clock) -> None:
    clock.set(NIGHT)
    due(3)
    run = a_planned_run()
    Reminder.objects.filter(run=run).claim(limit=2, lease=LEASE, now=NIGHT)
    morning = clock.set(NIGHT + timedelta(hours=1))

    runs.sweep(morning)
    check_expiry()

    run.refresh_from_db()
    assert (run.status, run.reminders_sent, run.errors) == ("failed", 0, 0)
    assert "silent" in run.failure
    assert len(mail.outbox) == 3
    assert set(Reminder.objects.values_list("state", flat=True)) == {DeliveryState.SENT}
    assert ExpiryCheckRun.objects.latest("pk").reminders_sent == 3


def test_what_a_live_run_holds_is_left_to_it(clock: Clock) -> None:
    clock.set(NIGHT)
    due(3)
    run = a_planned_run()

    check_expiry()

    assert mail.outbox == []
    assert Reminder.objects.filter(run=run).unsettled().count() == 3
    while send_next_batch(run, now=NIGHT):
        pass
    assert len(mail.outbox) == 3


def test_a_failed_run_sends_nothing_more(clock: Clock) -> None:
    clock.set(NIGHT)
    due(3)
    run = a_planned_run()
    runs.fail_run(run, reason="for the test", now=NIGHT)

    assert send_next_batch(run, now=NIGHT) == 0
    assert mail.outbox == []


@pytest.mark.usefixtures("_inline_tasks")
def test_a_run_whose_message_was_lost_is_rung_for_again(clock: Clock) -> None:
    clock.set(NIGHT)
    due(2)
    job = create_job(name="nightly", cron_expression="0 2 * * *", now=NIGHT)
    run = runs.open_run(job=job, trigger=Trigger.API, now=NIGHT)

    runs.sweep(clock.set(NIGHT + timedelta(hours=2)))

    run.refresh_from_db()
    assert (run.status, run.reminders_sent) == ("success", 2)


@pytest.mark.usefixtures("_inline_tasks")
def test_a_run_whose_senders_messages_were_lost_is_rung_for_again(clock: Clock) -> None:
    clock.set(NIGHT)
    due(2)
    run = a_planned_run()

    runs.sweep(clock.set(NIGHT + timedelta(seconds=60)))

    run.refresh_from_db()
    assert (run.status, run.reminders_sent) == ("success", 2)


def test_a_failure_while_planning_fails_the_run_and_is_not_hidden(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **kwargs: object) -> int:
        raise ZeroDivisionError("no such day")

    clock.set(NIGHT)
    monkeypatch.setattr("cron.certification_kind.expire_overdue", broken)

    with pytest.raises(ZeroDivisionError):
        check_expiry()

    run = ExpiryCheckRun.objects.get()
    assert (run.status, run.failure) == ("failed", "ZeroDivisionError: no such day")


def test_while_a_run_goes_on_the_slot_stays_owed(clock: Clock) -> None:
    job = create_job(name="nightly", cron_expression="0 2 * * *", now=NIGHT - timedelta(hours=1))
    manual = runs.open_run(job=job, trigger=Trigger.API, now=NIGHT)

    assert runs.start_owed_run(job=job, now=NIGHT) is None
    runs.close_run(manual, now=NIGHT)
    run = runs.start_owed_run(job=job, now=NIGHT + timedelta(minutes=1))

    assert run is not None
    assert run.slot == NIGHT


@pytest.mark.usefixtures("_inline_tasks")
def test_a_slot_that_the_sweep_finds_is_worked_off_by_it_at_once(clock: Clock) -> None:
    clock.set(NIGHT)
    due(2)
    job = create_job(name="nightly", cron_expression="0 2 * * *", now=NIGHT)

    runs.sweep(clock.set(NIGHT + timedelta(days=1)))

    (run,) = ExpiryCheckRun.objects.filter(job=job)
    assert (run.status, run.reminders_sent) == ("success", 2)
