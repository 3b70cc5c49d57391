"""What the check finds due: the tightest stage passed, once, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from rest_framework.test import APIClient

from certifications.models import Certification, CertificationStatus
from cron.models import DeliveryState, ExpiryCheckRun, Reminder
from tests.cron.conftest import Clock, check_expiry
from tests.factories import CertificationFactory, CertificationTypeFactory, MentorFactory

pytestmark = pytest.mark.django_db

NIGHT = datetime(2026, 3, 26, 2, tzinfo=UTC)


def expiring_in(days: int, hour: int = 0, **values: object) -> Certification:
    expires_at = NIGHT.replace(hour=0) + timedelta(days=days, hours=hour)
    return CertificationFactory.create(expires_at=expires_at, **values)


def stages_sent(certification: Certification) -> list[int]:
    rows = Reminder.objects.sent().filter(certification=certification).order_by("settled_at", "pk")
    return list(rows.values_list("stage", flat=True))


def last_run() -> ExpiryCheckRun:
    return ExpiryCheckRun.objects.latest("pk")


@pytest.mark.parametrize(
    ("days", "stages"),
    [
        (31, []),
        (30, [30]),
        (29, [30]),
        (15, [30]),
        (14, [14]),
        (8, [14]),
        (7, [7]),
        (2, [7]),
        (1, [1]),
        (0, [0]),
        (-1, [-1]),
        (-90, [-1]),
        (-91, []),
    ],
)
def test_the_tightest_stage_passed_is_due(clock: Clock, days: int, stages: list[int]) -> None:
    clock.set(NIGHT)
    certification = expiring_in(days)

    check_expiry()

    assert stages_sent(certification) == stages


@pytest.mark.parametrize("hour", [0, 1, 3, 23])
def test_dates_and_not_hours_decide_the_stage(clock: Clock, hour: int) -> None:
    clock.set(NIGHT)
    certification = expiring_in(14, hour=hour)

    check_expiry()

    assert stages_sent(certification) == [14]
    assert "in 14 days" in mail.outbox[0].subject


def test_each_stage_is_reminded_of_once_over_all_nights(clock: Clock) -> None:
    certification = expiring_in(40)

    for night in range(60):
        clock.set(NIGHT + timedelta(days=night))
        check_expiry()

    assert stages_sent(certification) == [30, 14, 7, 1, 0, -1]
    assert len(mail.outbox) == 6


def test_a_second_check_in_the_same_night_sends_nothing(clock: Clock) -> None:
    clock.set(NIGHT)
    expiring_in(14)
    check_expiry()

    output = check_expiry()

    assert len(mail.outbox) == 1
    assert "reminders_sent: 0" in output


def test_a_missed_week_sends_one_reminder_of_the_tightest_stage(clock: Clock) -> None:
    clock.set(NIGHT)
    certification = expiring_in(14)
    clock.advance(timedelta(days=8))

    check_expiry()

    assert stages_sent(certification) == [7]
    assert "in 6 days" in mail.outbox[0].subject


def test_renewing_starts_anew(clock: Clock, api: APIClient) -> None:
    clock.set(NIGHT)
    certification = expiring_in(7)
    check_expiry()
    renewed_until = NIGHT.replace(hour=0) + timedelta(days=14)
    api.post(
        f"/api/v1/certification-records/{certification.mentor_id}/renewals",
        {"renewed_at": NIGHT.isoformat(), "expires_at": renewed_until.isoformat()},
    )

    check_expiry()

    assert stages_sent(certification) == [7, 14]


@pytest.mark.parametrize("status", [CertificationStatus.SUSPENDED, CertificationStatus.REVOKED])
def test_a_suspended_or_revoked_one_is_not_reminded_of(clock: Clock, status: str) -> None:
    clock.set(NIGHT)
    certification = expiring_in(7, status=status)

    check_expiry()

    assert mail.outbox == []
    certification.refresh_from_db()
    assert certification.status == status


def test_one_declared_expired_before_its_date_is_not_reminded_of(clock: Clock) -> None:
    clock.set(NIGHT)
    expiring_in(7, status=CertificationStatus.EXPIRED)

    check_expiry()

    assert mail.outbox == []


def test_active_ones_past_their_moment_become_expired_with_history(clock: Clock) -> None:
    clock.set(NIGHT)
    past, today, later = expiring_in(-1), expiring_in(0, hour=2), expiring_in(0, hour=3)

    check_expiry()

    for certification in (past, today, later):
        certification.refresh_from_db()
    assert [past.status, today.status, later.status] == ["expired", "expired", "active"]
    entry = past.history.first()
    assert entry is not None
    assert (entry.status, entry.history_type) == ("expired", "~")
    assert entry.history_change_reason == f"Expiry check {last_run()}"
    assert entry.history_date == past.updated_at == NIGHT


def test_types_have_stages_of_their_own(clock: Clock) -> None:
    clock.set(NIGHT)
    own = CertificationTypeFactory.create(
        code="own", reminder_stages=[60, 3], expired_notice_days=0
    )
    at_60, at_3 = (expiring_in(days, certification_type=own) for days in (45, 2))
    usual = expiring_in(2)
    never = expiring_in(-1, certification_type=own)

    check_expiry()

    assert [stages_sent(row) for row in (at_60, at_3, usual, never)] == [[60], [3], [7], []]


def test_a_stage_taken_away_does_not_bring_back_a_wider_one(clock: Clock) -> None:
    clock.set(NIGHT)
    kind = CertificationTypeFactory.create(code="own", reminder_stages=[30, 10])
    certification = expiring_in(9, certification_type=kind)
    check_expiry()
    kind.reminder_stages = [30]
    kind.save()

    check_expiry()

    assert stages_sent(certification) == [10]


def test_mentors_are_counted_once_whatever_they_hold(clock: Clock) -> None:
    clock.set(NIGHT)
    mentor = MentorFactory.create()
    for code in ("first", "second"):
        kind = CertificationTypeFactory.create(code=code)
        expiring_in(7, mentor=mentor, certification_type=kind)
    expiring_in(300)
    expiring_in(7, status=CertificationStatus.REVOKED)

    check_expiry()

    result = last_run().result
    assert result == {"mentors_checked": 2, "reminders_sent": 2, "errors": 0}


def test_a_mentor_without_an_address_is_an_error_and_due_again_next_night(clock: Clock) -> None:
    clock.set(NIGHT)
    mentor = MentorFactory.create(email="")
    certification = expiring_in(7, mentor=mentor)

    with pytest.raises(SystemExit) as exit_info:
        check_expiry()

    assert exit_info.value.code == 1
    assert last_run().status == "partial"
    reminder = Reminder.objects.get()
    assert (reminder.state, reminder.error) == ("failed", "The mentor has no email address.")

    mentor.email = "found@example.org"
    mentor.save()
    clock.advance(timedelta(days=1))
    check_expiry()

    assert mail.outbox[0].to == ["found@example.org"]
    assert "in 6 days" in mail.outbox[0].subject
    assert stages_sent(certification) == [7]


def test_a_failed_stage_gives_way_to_the_next_one(clock: Clock) -> None:
    clock.set(NIGHT)
    mentor = MentorFactory.create(email="")
    expiring_in(8, mentor=mentor)
    with pytest.raises(SystemExit):
        check_expiry()
    mentor.email = "found@example.org"
    mentor.save()
    clock.advance(timedelta(days=1))

    check_expiry()

    states = dict(Reminder.objects.values_list("stage", "state"))
    assert states == {14: DeliveryState.SUPERSEDED, 7: DeliveryState.SENT}
    assert len(mail.outbox) == 1


def test_one_suspended_for_a_while_is_reminded_of_afterwards(clock: Clock) -> None:
    clock.set(NIGHT)
    mentor = MentorFactory.create(email="")
    certification = expiring_in(7, mentor=mentor)
    with pytest.raises(SystemExit):
        check_expiry()
    Certification.objects.update(status=CertificationStatus.SUSPENDED)
    check_expiry()
    assert Reminder.objects.get().state == DeliveryState.SUPERSEDED

    Certification.objects.update(status=CertificationStatus.ACTIVE)
    mentor.email = "found@example.org"
    mentor.save()
    clock.advance(timedelta(days=1))
    check_expiry()

    assert stages_sent(certification) == [7]


def test_a_dry_run_says_what_is_due_and_changes_nothing(clock: Clock) -> None:
    clock.set(NIGHT)
    overdue = expiring_in(-1)
    expiring_in(7)
    expiring_in(300)

    output = check_expiry("--dry-run")

    assert "reminders_due: 2" in output
    assert mail.outbox == []
    assert not Reminder.objects.exists()
    overdue.refresh_from_db()
    assert overdue.status == "active"
    assert last_run().result == {
        "mentors_checked": 3,
        "reminders_sent": 0,
        "errors": 0,
        "reminders_due": 2,
    }


def test_a_dry_run_counts_what_an_earlier_run_left(clock: Clock) -> None:
    clock.set(NIGHT)
    expiring_in(7, mentor=MentorFactory.create(email=""))
    with pytest.raises(SystemExit):
        check_expiry()

    output = check_expiry("--dry-run")

    assert "reminders_due: 1" in output
