"""Reminders that do not wait for the night: sent now, tried again, or snoozed."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from certifications.models import Certification
from config.errors import InvalidError
from cron import tasks
from cron.errors import NothingToRetry
from cron.models import (
    BY_HAND_STAGE,
    DeliveryState,
    ExpiryCheckRun,
    Reminder,
    ReminderSnooze,
    RunStatus,
    Trigger,
)
from cron.services import bell
from cron.services.due import all_due
from cron.services.planning import take_over
from cron.services.runs import sweep
from cron.services.snoozing import end_snooze, snooze_reminders
from cron.services.steering import retry_failed, send_reminders_now
from tests.cron.conftest import NOW, Clock, check_expiry
from tests.cron.pages import AT_THE_DESK, expiring, left
from tests.factories import ExpiryCheckRunFactory, MentorFactory

pytestmark = AT_THE_DESK


@pytest.fixture
def cora() -> User:
    return User.objects.create_user("cora")


def sent(certification: Certification) -> list[int]:
    rows = Reminder.objects.sent().filter(certification=certification).order_by("pk")
    return list(rows.values_list("stage", flat=True))


def send(*certifications: Certification, account: User | None = None) -> dict[str, str]:
    """Send now; returns the refusals by mentor."""
    outcome = send_reminders_now(certifications=certifications, account=account, now=NOW)
    return {row.mentor_id: why for row, why in outcome.refusals.items()}


def test_the_stage_that_is_due_goes_out_at_once_in_a_run_of_its_own(cora: User) -> None:
    certification, other = expiring(10), expiring(10)

    refusals = send(certification, account=cora)

    run = ExpiryCheckRun.objects.get()
    assert refusals == {}
    assert (sent(certification), sent(other)) == ([14], [])
    assert [message.to for message in mail.outbox] == [[certification.mentor.email]]
    assert (run.trigger, run.status, run.requested_by) == (Trigger.ADMIN, RunStatus.SUCCESS, cora)
    assert run.result == {"mentors_checked": 1, "reminders_sent": 1, "errors": 0}


def test_a_second_press_on_the_same_day_is_refused(clock: Clock) -> None:
    certification = expiring(10)

    refusals = [send(certification) for _ in range(3)]

    refused = {certification.mentor_id: "A reminder was sent by hand today already."}
    assert refusals == [{}, refused, refused]
    assert sent(certification) == [14]


@pytest.mark.parametrize("days", [136, 31])
def test_what_is_sent_long_before_the_first_stage_uses_none_up(clock: Clock, days: int) -> None:
    certification = expiring(days)

    for _ in range(5):
        send(certification)
    for left_days in (30, 14, 7, 1, 0):
        clock.set(NOW + timedelta(days=days - left_days))
        check_expiry()

    assert sent(certification) == [BY_HAND_STAGE, 30, 14, 7, 1, 0]
    assert f"expires in {days} days" in mail.outbox[0].subject
    assert len({message.extra_headers["Message-ID"] for message in mail.outbox}) == 6


def test_between_two_stages_a_mail_by_hand_goes_out_once_a_day(clock: Clock) -> None:
    certification = expiring(10)
    check_expiry()

    days = [NOW, NOW, NOW + timedelta(days=1)]
    outcomes = [
        send_reminders_now(certifications=[certification], account=None, now=clock.set(day))
        for day in days
    ]
    clock.set(NOW + timedelta(days=3))
    check_expiry()

    assert [outcome.run is not None for outcome in outcomes] == [True, False, True]
    assert sent(certification) == [14, BY_HAND_STAGE, BY_HAND_STAGE, 7]
    assert [message.subject.split()[-2] for message in mail.outbox] == ["10", "10", "9", "7"]


def test_after_expiry_a_mail_by_hand_says_that_it_has_expired(clock: Clock) -> None:
    certification = expiring(-2)
    check_expiry()

    send(certification)

    assert sent(certification) == [-1, BY_HAND_STAGE]
    assert mail.outbox[1].subject.endswith("has expired")


def test_a_mail_by_hand_that_failed_is_not_the_one_of_the_day(clock: Clock, cora: User) -> None:
    certification = expiring(50)
    run = ExpiryCheckRunFactory.create(status=RunStatus.PARTIAL, started_at=NOW)
    failed = left(certification, BY_HAND_STAGE, run, state=DeliveryState.FAILED)
    Reminder.objects.filter(pk=failed.pk).update(by_hand_on=NOW.date())

    refusals = send(certification)

    assert refusals == {}
    assert sent(certification) == [BY_HAND_STAGE]


def test_a_mail_by_hand_that_failed_is_retried_on_its_day(clock: Clock, cora: User) -> None:
    certification = expiring(50)
    run = ExpiryCheckRunFactory.create(status=RunStatus.PARTIAL, started_at=NOW)
    failed = left(certification, BY_HAND_STAGE, run, state=DeliveryState.FAILED)
    Reminder.objects.filter(pk=failed.pk).update(by_hand_on=NOW.date())

    retry_failed(run=run, account=cora, now=NOW)

    assert sent(certification) == [BY_HAND_STAGE]


def test_what_can_not_be_sent_is_refused_by_name_and_the_rest_goes_out() -> None:
    sound, suspended, revoked = (
        expiring(3),
        expiring(3, status="suspended"),
        expiring(3, status="revoked"),
    )
    mute, snoozed, declared = (
        expiring(3, mentor=MentorFactory.create(email="")),
        expiring(3),
        expiring(3, status="expired"),
    )
    snooze_reminders(
        certification=snoozed, until=date(2026, 4, 1), reason="away", account=None, now=NOW
    )

    refusals = send(sound, suspended, revoked, mute, snoozed, declared)

    assert sent(sound) == [7]
    assert refusals == {
        suspended.mentor_id: "The certification is suspended.",
        revoked.mentor_id: "The certification is revoked.",
        mute.mentor_id: "The mentor has no email address.",
        snoozed.mentor_id: "Reminders are snoozed.",
        declared.mentor_id: "The certification was declared expired before its date.",
    }
    assert len(mail.outbox) == 1


def test_where_nothing_can_be_sent_there_is_no_run() -> None:
    send(expiring(3, status="revoked"))

    assert not ExpiryCheckRun.objects.exists()


def test_what_failed_is_tried_again_once_the_address_is_there(cora: User) -> None:
    mentor = MentorFactory.create(email="")
    certification = expiring(7, mentor=mentor)
    with pytest.raises(SystemExit):
        check_expiry()
    failed = ExpiryCheckRun.objects.get()
    mentor.email = "new@example.org"
    mentor.save()

    run = retry_failed(run=failed, account=cora, now=NOW)

    run.refresh_from_db()
    assert sent(certification) == [7]
    assert (run.status, run.requested_by) == (RunStatus.SUCCESS, cora)
    assert run.result == {"mentors_checked": 1, "reminders_sent": 1, "errors": 0}


def test_a_reminder_waits_out_a_broker_that_is_away_for_hours(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    certification, other = expiring(10), expiring(10)

    def away(*_: object, **__: object) -> None:
        raise OSError("Connection refused")

    with monkeypatch.context() as outage:
        outage.setattr(tasks.run_expiry_check, "apply_async", away)
        outage.setattr(tasks.send_due, "apply_async", away)
        send(certification)
    sweep(clock.set(NOW + timedelta(hours=5)))

    assert (sent(certification), sent(other)) == ([14], [])
    assert ExpiryCheckRun.objects.get().status == RunStatus.SUCCESS


def test_what_a_failed_run_left_behind_is_retried_too() -> None:
    certification = expiring(7)
    dead = ExpiryCheckRunFactory.create(status=RunStatus.FAILED, started_at=NOW)
    left(certification, 7, dead)

    retry_failed(run=dead, account=None, now=NOW)

    assert sent(certification) == [7]


def test_a_stage_that_a_tighter_one_overtook_is_left_out(clock: Clock) -> None:
    certification = expiring(10)
    done, dead = (
        ExpiryCheckRunFactory.create(status=status, started_at=NOW)
        for status in (RunStatus.SUCCESS, RunStatus.FAILED)
    )
    left(certification, 14, dead)
    left(certification, 7, done, state=DeliveryState.SENT)

    check_expiry()

    assert sent(certification) == [7]
    assert Reminder.objects.get(stage=14).state == DeliveryState.SUPERSEDED


def test_sending_to_many_costs_what_sending_to_a_few_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bell, "ring_for_planned_run", lambda run_id: None)

    def cost(certifications: list[Certification]) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert send(*certifications) == {}
        return len(queries)

    few, many = [[expiring(7) for _ in range(number)] for number in (2, 40)]

    assert cost(few) == cost(many)


@pytest.mark.services
def test_two_that_take_over_the_same_at_once_send_it_once() -> None:
    assert connection.vendor == "postgresql", "run by make test-services"
    certification = expiring(7)
    old = ExpiryCheckRunFactory.create(status=RunStatus.PARTIAL, started_at=NOW)
    left(certification, 7, old, state=DeliveryState.FAILED)
    first, second = (
        ExpiryCheckRunFactory.create(status=RunStatus.RUNNING, completed_at=None, job=None)
        for _ in range(2)
    )

    def take(run: ExpiryCheckRun) -> int:
        return sum(take_over(part.left_over().filter(run=old), run, NOW) for part in all_due(NOW))

    def take_second() -> int:
        try:
            return take(second)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            assert take(first) == 1
            waiting = other.submit(take_second)
            wait_for_a_lock()
            # By the time that the second has the row, the first's worker has sent it.
            Reminder.objects.filter(run=first).update(state=DeliveryState.SENT)
        taken = waiting.result(timeout=30)

    reminder = Reminder.objects.get()
    assert taken == 0
    assert (reminder.state, reminder.run) == (DeliveryState.SENT, first)


def wait_for_a_lock() -> None:
    """Returns once another connection waits for a row of this one's."""
    stop_at = time.perf_counter() + 20
    while time.perf_counter() < stop_at:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = "
                "ANY(pg_blocking_pids(pid))"
            )
            if cursor.fetchone() != (0,):
                return
    pytest.fail("Nobody waits for a lock.")


def test_what_has_passed_or_gone_well_is_not_tried_again(clock: Clock) -> None:
    mentor = MentorFactory.create(email="")
    expiring(7, mentor=mentor)
    with pytest.raises(SystemExit):
        check_expiry()
    run = ExpiryCheckRun.objects.get()

    with pytest.raises(NothingToRetry):
        retry_failed(run=run, account=None, now=NOW + timedelta(days=8))

    assert ExpiryCheckRun.objects.count() == 1


def test_a_snooze_keeps_reminders_back_until_its_day(clock: Clock, cora: User) -> None:
    certification = expiring(10)
    snooze_reminders(
        certification=certification, until=date(2026, 3, 30), reason="away", account=cora, now=NOW
    )
    for day in (26, 29):
        clock.set(NOW.replace(day=day, hour=12))
        check_expiry()
    before = sent(certification)
    clock.set(NOW.replace(day=30, hour=2))
    check_expiry()

    assert before == []
    assert sent(certification) == [7]
    line = ReminderSnooze.history.get()
    assert (line.reason, line.snoozed_by) == ("away", cora)


def test_a_snooze_that_is_ended_lets_reminders_go_out(clock: Clock) -> None:
    certification = expiring(10)
    snooze_reminders(
        certification=certification, until=date(2026, 3, 30), reason="away", account=None, now=NOW
    )

    ended = end_snooze(certification=certification), end_snooze(certification=certification)
    check_expiry()

    assert ended == (True, False)
    assert sent(certification) == [14]


@pytest.mark.parametrize(
    ("until", "reason", "field"),
    [
        (date(2026, 3, 26), "away", "until"),
        (date(2027, 3, 28), "away", "until"),
        (date(2026, 3, 27), "  ", "reason"),
        (date(2026, 3, 27), "x" * 201, "reason"),
    ],
)
def test_an_unsound_snooze_is_refused(until: date, reason: str, field: str) -> None:
    certification = expiring(10)

    with pytest.raises(InvalidError) as refused:
        snooze_reminders(
            certification=certification, until=until, reason=reason, account=None, now=NOW
        )

    assert refused.value.faults[0].pointer == f"#/{field}"
    assert not ReminderSnooze.objects.exists()
