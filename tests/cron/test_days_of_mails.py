"""A mail counts the days when it goes out, in the time zone of its job, or does not go out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.test import Client
from pytest_django import Settings

from certifications.models import Certification
from cron.models import DeliveryState, ExpiryCheckJob, ExpiryCheckRun, Reminder, RunStatus
from cron.services.forecast import forecast
from cron.services.jobs import create_job
from cron.services.runs import continue_run, execute_job, perform_run, start_owed_run
from cron.services.steering import send_reminders_now
from tests.cron.conftest import NOW, Clock, check_expiry
from tests.cron.pages import RUNS, page_of
from tests.factories import CertificateFactory, CertificationFactory, TenantContactFactory

pytestmark = pytest.mark.django_db

OSLO = "Europe/Oslo"


def day(offset: int, hour: int = 0) -> datetime:
    """So many days from the day of `NOW`."""
    return NOW.replace(hour=hour) + timedelta(days=offset)


def expiring(moment: datetime, **more: object) -> Certification:
    return CertificationFactory.create(expires_at=moment, **more)


def nightly(expression: str = "0 2 * * *", timezone: str = "UTC") -> ExpiryCheckJob:
    return create_job(
        name="nightly", cron_expression=expression, timezone=timezone, now=NOW - timedelta(days=9)
    )


def subjects() -> list[str]:
    return [message.subject.partition(" kind ")[2] for message in mail.outbox]


@pytest.fixture(autouse=True)
def _rings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody answers when a worker is rung for: tests are the worker."""
    for name in ("ring_for_run", "ring_for_sending", "ring_for_planned_run"):
        monkeypatch.setattr(f"cron.services.bell.{name}", lambda *_, **__: None)


def work(run: ExpiryCheckRun) -> None:
    """What a worker does that takes the run up now."""
    perform_run(run.pk)
    continue_run(run.pk)


def test_a_worker_that_is_days_late_says_how_many_are_left_by_then(clock: Clock) -> None:
    clock.set(NOW)
    expiring(day(3), certification_type__code="kind", certification_type__name="kind")
    run = execute_job(job=nightly(), trigger="api", now=NOW)  # type: ignore[arg-type]

    clock.set(day(3, hour=9))
    work(run)

    assert [message.subject.split()[-1] for message in mail.outbox] == ["today"]
    assert "26 March" not in mail.outbox[0].body
    assert "29 March 2026" in mail.outbox[0].body
    assert "Please renew it today." in mail.outbox[0].body
    assert "before that day" not in mail.outbox[0].body


def test_a_plan_that_waits_until_another_stage_is_due_is_superseded(clock: Clock) -> None:
    clock.set(NOW)
    certification = expiring(day(1))
    outcome = send_reminders_now(certifications=[certification], account=None, now=NOW)
    assert outcome.run is not None

    clock.set(day(3, hour=9))
    work(outcome.run)
    check_expiry()

    assert list(Reminder.objects.order_by("-stage").values_list("stage", "state")) == [
        (1, DeliveryState.SUPERSEDED),
        (-1, DeliveryState.SENT),
    ]
    assert [message.subject.split()[-1] for message in mail.outbox] == ["expired"]


def test_what_waits_within_its_stage_counts_the_days_anew(clock: Clock) -> None:
    clock.set(NOW)
    certification = expiring(day(10))
    outcome = send_reminders_now(certifications=[certification], account=None, now=NOW)
    assert outcome.run is not None

    clock.set(day(2, hour=9))
    work(outcome.run)

    assert "in 8 days" in mail.outbox[0].subject
    assert Reminder.objects.get().state == DeliveryState.SENT


def test_a_mail_by_hand_that_waited_says_what_is_true_by_then(clock: Clock) -> None:
    clock.set(NOW)
    certification = expiring(day(60))
    outcome = send_reminders_now(certifications=[certification], account=None, now=NOW)
    assert outcome.run is not None

    clock.set(day(3, hour=9))
    work(outcome.run)

    assert "in 57 days" in mail.outbox[0].subject


def test_a_run_that_its_rate_takes_past_midnight_leaves_the_rest_to_the_next(
    clock: Clock, settings: Settings
) -> None:
    settings.REMINDERS_PER_MINUTE = 2
    for _ in range(4):
        expiring(day(1))
    job = nightly("58 23 * * *")
    run = start_owed_run(job=job, now=clock.set(day(0, hour=23).replace(minute=58)))
    assert run is not None

    work(run)
    clock.set(day(1))
    continue_run(run.pk)
    clock.set(day(1).replace(minute=1))
    settings.REMINDERS_PER_MINUTE = 0
    check_expiry()

    assert [message.subject.split()[-1] for message in mail.outbox][:2] == ["tomorrow"] * 2
    assert {message.subject.split()[-1] for message in mail.outbox[2:]} == {"today"}
    run.refresh_from_db()
    assert (run.status, run.reminders_sent) == (RunStatus.SUCCESS, 2)


@pytest.mark.parametrize(
    ("expires_at", "words"),
    [
        (datetime(2026, 6, 21, tzinfo=UTC), "today"),
        (datetime(2026, 6, 21, 22, tzinfo=UTC), "today"),
        (datetime(2026, 6, 22, tzinfo=UTC), "tomorrow"),
        (datetime(2026, 6, 20, tzinfo=UTC), "expired"),
    ],
)
def test_today_is_the_day_of_the_jobs_time_zone(
    clock: Clock, expires_at: datetime, words: str
) -> None:
    """At one in the night of the 21st in Oslo it is the 20th in UTC."""
    certification = expiring(expires_at)
    job = nightly("0 1 * * *", OSLO)
    now = clock.set(datetime(2026, 6, 21, 1, tzinfo=ZoneInfo(OSLO)).astimezone(UTC))
    superuser: Any = type("Boss", (), {"is_superuser": True, "is_active": True})()
    lines = forecast(superuser, now=now, first=0, limit=9)

    run = start_owed_run(job=job, now=now)
    assert run is not None
    work(run)

    assert [message.subject.split()[-1] for message in mail.outbox] == [words]
    assert [line.stage for line in lines] == [Reminder.objects.get().stage]
    assert certification.expires_at.strftime("%-d June 2026") in mail.outbox[0].body


def test_west_of_utc_the_last_days_are_told_as_well(clock: Clock) -> None:
    expiring(datetime(2026, 6, 21, tzinfo=UTC))
    job = nightly("0 21 * * *", "America/New_York")

    for day_of_june in (20, 21, 22):
        moment = datetime(2026, 6, day_of_june, 21, tzinfo=ZoneInfo("America/New_York"))
        run = start_owed_run(job=job, now=clock.set(moment.astimezone(UTC)))
        assert run is not None
        work(run)

    assert [message.subject.split()[-1] for message in mail.outbox] == [
        "tomorrow",
        "today",
        "expired",
    ]


def test_certificates_count_their_days_in_the_same_way(clock: Clock) -> None:
    clock.set(NOW)
    certificate = CertificateFactory.create(date_expire=day(3).date(), name="Forklift")
    TenantContactFactory.create(tenant=certificate.tenant)
    run = execute_job(job=nightly(), trigger="api", now=NOW)  # type: ignore[arg-type]

    clock.set(day(3, hour=9))
    work(run)

    assert mail.outbox[0].subject.endswith("expires today")
    assert "before that day" not in mail.outbox[0].body


def test_a_preview_says_what_the_mail_says_whoever_looks(desk: Client, clock: Clock) -> None:
    clock.set(NOW)
    certification = expiring(day(0))
    desk.cookies["timezone"] = "America/New_York"

    page = page_of(desk, f"{RUNS}forecast/cron.reminder/{certification.pk}/0/")
    other = page_of(desk, f"{RUNS}forecast/cron.reminder/{certification.pk}/7/")

    assert "expires today, 26 March 2026" in page
    assert "It would not be sent." in other
