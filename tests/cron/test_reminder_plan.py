"""The plan of a certification's reminders says what the checks then do."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from certifications.models import Certification
from cron.models import DeliveryState, ExpiryCheckRun, Reminder, RunStatus
from cron.services.jobs import create_job
from cron.services.planning import plan_run
from cron.services.reminder_plan import PlannedReminder, PlanState, Reason, plan_of
from cron.services.runs import continue_run, perform_run
from cron.services.snoozing import snooze_reminders
from cron.services.steering import send_reminders_now
from tests.cron.conftest import Clock, check_expiry
from tests.factories import (
    CertificationFactory,
    CertificationTypeFactory,
    ExpiryCheckRunFactory,
    MentorFactory,
)

NOW = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
NIGHTLY, MONDAYS = "0 2 * * *", "0 2 * * MON"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now(clock: Clock) -> None:
    clock.set(NOW)


def expiring(days: int, **more: object) -> Certification:
    return CertificationFactory.create(
        expires_at=NOW.replace(hour=0) + timedelta(days=days, hours=12), **more
    )


def plan(certification: Certification, now: datetime = NOW) -> list[PlannedReminder]:
    read = Certification.objects.select_related("mentor", "certification_type")
    return plan_of(read.get(pk=certification.pk), now=now)


def states(certification: Certification) -> dict[int, tuple[str, str | None]]:
    """State and reason of each stage."""
    return {each.stage: (each.state.value, each.reason) for each in plan(certification)}


def day(offset: int, hour: int = 2) -> datetime:
    return NOW.replace(hour=hour) + timedelta(days=offset)


# What is promised is what happens


@dataclass(frozen=True)
class Case:
    days: int
    cron: str = NIGHTLY
    stages: tuple[int, ...] = (30, 14, 7, 1, 0)
    notice_days: int = 10
    status: str = "active"
    snooze_days: int = 0
    checked_before: int = 0  #: nights of checks before the plan is made
    sent_ahead: int = 0  #: how often a reminder was sent by hand before the plan is made
    left_behind: tuple[int, ...] = ()  #: stages whose reminders a failed run did not send
    email: str = "kari@example.org"


CASES = {
    "from far away": Case(50),
    "in the middle of a stage": Case(20),
    "after some nights": Case(32, checked_before=4),
    "on Mondays alone": Case(40, cron=MONDAYS),
    "on the first of the month": Case(40, cron="0 2 1 * *"),
    "at midnight": Case(40, cron="0 0 * * *"),
    "without a stage of its day": Case(20, stages=(14, 7), notice_days=0),
    "without a notice": Case(20, notice_days=0),
    "with a long notice": Case(3, notice_days=90),
    "with a short notice": Case(-3, notice_days=5, status="expired"),
    "after the notice": Case(-9, notice_days=5, status="expired"),
    "suspended": Case(20, status="suspended"),
    "revoked": Case(20, status="revoked"),
    "declared expired": Case(20, status="expired"),
    "snoozed for a while": Case(20, snooze_days=10),
    "snoozed over the expiry": Case(20, snooze_days=24),
    "snoozed into a stage": Case(32, snooze_days=5),
    "snoozed after the first": Case(32, checked_before=4, snooze_days=8),
    "sent ahead": Case(20, sent_ahead=1),
    "sent far ahead": Case(50, sent_ahead=1),
    "sent ahead and snoozed": Case(20, sent_ahead=1, snooze_days=15),
    "left by a failed run": Case(20, left_behind=(30,)),
    "left by a failed run ahead of its time": Case(20, left_behind=(7,)),
    "two left by a failed run": Case(20, left_behind=(30, 7)),
    "left by a failed run and snoozed": Case(20, left_behind=(30,), snooze_days=3),
    "left by a failed run, without its stage": Case(20, stages=(14, 7), left_behind=(30,)),
    "without an address": Case(20, email=""),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_what_the_plan_expects_goes_out_then_and_nothing_else(case: Case, clock: Clock) -> None:
    kind = CertificationTypeFactory.create(
        code="kind", reminder_stages=list(case.stages), expired_notice_days=case.notice_days
    )
    job = create_job(name="job", cron_expression=case.cron, now=NOW)
    certification = expiring(
        case.days,
        certification_type=kind,
        status=case.status,
        mentor=MentorFactory.create(email=case.email),
    )
    for _ in range(case.sent_ahead):
        outcome = send_reminders_now(certifications=[certification], account=None, now=NOW)
        assert outcome.run is not None
        perform(outcome.run)
    for stage in case.left_behind:
        Reminder.objects.create(
            certification=certification,
            expires_at=certification.expires_at,
            stage=stage,
            run=ExpiryCheckRunFactory.create(status=RunStatus.FAILED, started_at=NOW),
            next_attempt_at=NOW,
        )
    for night in range(1, case.checked_before + 1):
        clock.set(day(night))
        check_expiry()
    now = day(case.checked_before, hour=10)
    clock.set(now)
    if case.snooze_days:
        snooze_reminders(
            certification=certification,
            until=(now + timedelta(days=case.snooze_days)).date(),
            reason="on leave",
            account=None,
            now=now,
        )

    promised = {
        each.stage: each.expected_at
        for each in plan(certification, now)
        if each.expected_at and each.reason is None
    }
    before = set(Reminder.objects.sent().values_list("stage", flat=True))
    moment = now
    # Until nothing can be due, and a while longer.
    until = now + timedelta(days=max(case.days, 0) + case.notice_days + 10)
    while (moment := job.schedule.next_after(moment)) < until:
        clock.set(moment)
        check_expiry_whatever_fails()

    kept = {
        reminder.stage: reminder.run.started_at
        for reminder in Reminder.objects.sent().select_related("run")
        if reminder.stage not in before
    }
    assert kept == promised


def perform(run: ExpiryCheckRun) -> None:
    """Send what the run has planned, as workers do."""
    perform_run(run.pk)
    continue_run(run.pk)


def check_expiry_whatever_fails() -> None:
    with suppress(SystemExit):
        check_expiry()


# Why not


def test_what_stands_in_the_way_is_said(clock: Clock) -> None:
    create_job(name="job", cron_expression=NIGHTLY, now=NOW)

    def first(**more: object) -> tuple[str, str | None]:
        certification = expiring(10, certification_type__code="t", **more)
        return states(certification)[7]

    assert first() == ("planned", None)
    assert first(status="suspended") == ("skipped", "suspended")
    assert first(status="revoked") == ("skipped", "revoked")
    assert first(status="expired") == ("skipped", "declared_expired")
    assert first(mentor=MentorFactory.create(email="")) == ("planned", "no_address")


def test_stages_that_went_by_unseen_are_said_to_have_passed() -> None:
    create_job(name="job", cron_expression=NIGHTLY, now=NOW)

    assert states(expiring(10)) == {
        30: ("skipped", "passed"),
        14: ("planned", None),
        7: ("planned", None),
        1: ("planned", None),
        0: ("planned", None),
        -1: ("planned", None),
    }


def test_what_the_type_has_no_reminder_for_is_said_to_be_its_policy() -> None:
    create_job(name="job", cron_expression=NIGHTLY, now=NOW)
    kind = CertificationTypeFactory.create(reminder_stages=[14, 7], expired_notice_days=0)
    certification = expiring(20, certification_type=kind)
    Reminder.objects.create(
        certification=certification,
        expires_at=certification.expires_at,
        stage=30,
        run=ExpiryCheckRunFactory.create(status=RunStatus.PARTIAL, started_at=NOW),
        state=DeliveryState.FAILED,
        next_attempt_at=NOW,
    )

    assert states(certification) == {
        30: ("failed", "policy"),
        14: ("planned", None),
        7: ("planned", None),
        -1: ("skipped", "policy"),
    }


def test_without_a_job_nothing_is_expected() -> None:
    entries = plan(expiring(10))

    assert {each.reason for each in entries if each.stage < 30} == {Reason.NO_JOB}
    assert all(each.expected_at is None for each in entries)


def test_reminders_of_an_expiry_that_was_renewed_are_told_apart(clock: Clock) -> None:
    create_job(name="job", cron_expression=NIGHTLY, now=NOW)
    certification = expiring(14)
    check_expiry()
    was = certification.expires_at
    certification.expires_at += timedelta(days=365)
    certification.save()

    entries = plan(certification)

    assert [
        (each.stage, each.state, each.reason) for each in entries if each.expires_at == was
    ] == [(14, PlanState.SENT, None)]
    assert all(each.state == PlanState.PLANNED for each in entries if each.expires_at != was)


def test_a_failure_is_shown_with_the_check_that_tries_again(clock: Clock) -> None:
    create_job(name="job", cron_expression=NIGHTLY, now=NOW)
    certification = expiring(7, mentor=MentorFactory.create(email=""))
    with pytest.raises(SystemExit):
        check_expiry()

    (entry,) = [each for each in plan(certification) if each.stage == 7]

    assert entry.state == PlanState.FAILED
    assert entry.explanation.startswith("The mentor has no email address.")
    assert entry.expected_at == day(1)


def test_snoozes_end_with_the_expiry_they_were_for(clock: Clock) -> None:
    create_job(name="job", cron_expression=NIGHTLY, now=NOW)
    certification = expiring(7)
    snooze_reminders(
        certification=certification,
        until=day(5).date(),
        reason="away",
        account=None,
        now=NOW,
    )
    certification.expires_at += timedelta(days=7)
    certification.save()

    check_expiry()

    assert list(Reminder.objects.sent().values_list("stage", flat=True)) == [14]


def test_a_reminder_that_was_planned_before_a_snooze_is_superseded(clock: Clock) -> None:
    certification = expiring(7)
    run = ExpiryCheckRunFactory.create(status="running", started_at=NOW, completed_at=None)
    plan_run(run, now=NOW)
    snooze_reminders(
        certification=certification, until=day(9).date(), reason="away", account=None, now=NOW
    )

    continue_run(run.pk)

    assert Reminder.objects.get().state == DeliveryState.SUPERSEDED


# The API


def test_the_plan_is_read_over_the_api(system_api: APIClient) -> None:
    create_job(name="job", cron_expression=NIGHTLY, now=NOW)
    mentor = MentorFactory.create(id="mentor-001", email="kari@example.org")
    certification = expiring(7, mentor=mentor)
    snooze_reminders(
        certification=certification, until=day(3).date(), reason="away", account=None, now=NOW
    )

    answer = system_api.get("/api/v1/certifications/mentor-001/reminder-plan")

    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert list(body) == [
        "mentor_id",
        "certification_type",
        "expiry_date",
        "snooze",
        "reminders",
    ]
    assert body["snooze"] == {"until": "2026-03-04", "reason": "away"}
    assert body["reminders"][2] == {
        "stage": 7,
        "expiry_date": "2026-03-08T12:00:00Z",
        "due_on": "2026-03-01",
        "state": "planned",
        "expected_at": "2026-03-04T02:00:00Z",
        "settled_at": None,
        "recipient": "kari@example.org",
        "run_id": None,
        "reason": None,
    }


def test_the_plan_names_a_type_as_contract_2_does(system_api: APIClient) -> None:
    mentor = MentorFactory.create(id="mentor-001")
    for code in ("a", "b"):
        expiring(7, mentor=mentor, certification_type=CertificationTypeFactory.create(code=code))
    plan_url = "/api/v1/certifications/mentor-001/reminder-plan"

    assert system_api.get(f"{plan_url}?certification_type=b").json()["certification_type"] == "b"
    assert system_api.get(f"{plan_url}?certification_type=c").status_code == 404
    assert system_api.get(f"{plan_url}?type=c").status_code == 400
    assert system_api.get("/api/v1/certifications/nobody/reminder-plan").status_code == 404


def test_the_plan_holds_addresses_and_needs_a_role(api: APIClient) -> None:
    expiring(7, mentor=MentorFactory.create(id="mentor-001"))

    assert api.get("/api/v1/certifications/mentor-001/reminder-plan").status_code == 401


def test_the_plan_costs_the_same_whatever_went_out(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    create_job(name="job", cron_expression=NIGHTLY, now=NOW)
    certification = Certification.objects.select_related("mentor", "certification_type").get(
        pk=expiring(7).pk
    )
    check_expiry()

    with django_assert_num_queries(3):
        plan_of(certification, now=NOW)
