"""Many at once on PostgreSQL: a stage of a day goes out once, and a mail by hand once a day."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection

from certifications.services import strike_renewals
from cron.models import BY_HAND_STAGE, Reminder, RunStatus
from cron.services import bell
from cron.services.planning import plan_run
from cron.services.steering import send_reminders_now
from tests.cron.conftest import NOW, Clock
from tests.cron.pages import expiring
from tests.factories import ExpiryCheckRunFactory, RenewalFactory
from tests.threads import all_at_once

pytestmark = [
    pytest.mark.services,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]

THREADS = 8


@pytest.fixture(autouse=True)
def _on_postgresql(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    assert connection.vendor == "postgresql", "run by make test-services"
    monkeypatch.setattr(bell, "ring_for_planned_run", lambda run_id: None)


@pytest.mark.parametrize(("days", "stage"), [(136, BY_HAND_STAGE), (10, 14)])
def test_presses_at_the_same_moment_send_one_mail(days: int, stage: int) -> None:
    certification = expiring(days)

    outcomes = all_at_once(
        lambda _: send_reminders_now(certifications=[certification], account=None, now=NOW),
        THREADS,
    )

    assert Counter(outcome.run is not None for outcome in outcomes)[True] == 1
    assert Reminder.objects.get().stage == stage


def test_a_check_and_a_press_at_the_same_moment_send_a_stage_once() -> None:
    certification = expiring(10)
    run = ExpiryCheckRunFactory.create(status=RunStatus.RUNNING, completed_at=None, job=None)

    def act(number: int) -> None:
        if number % 2:
            plan_run(run, now=NOW)
        else:
            send_reminders_now(certifications=[certification], account=None, now=NOW)

    all_at_once(act, THREADS)

    assert Reminder.objects.filter(stage=14).count() == 1


def test_the_database_refuses_a_stage_of_another_hour_of_the_day() -> None:
    certification = expiring(10)
    run = ExpiryCheckRunFactory.create()
    values = {"certification": certification, "stage": 14, "run": run, "next_attempt_at": NOW}
    Reminder.objects.create(**values, expires_at=certification.expires_at)

    with pytest.raises(IntegrityError):
        Reminder.objects.create(
            **values, expires_at=certification.expires_at + timedelta(minutes=1)
        )


def test_an_entry_is_struck_out_once() -> None:
    renewal = RenewalFactory.create()

    counts = all_at_once(
        lambda _: strike_renewals(renewals=[renewal], reason="typo", now=NOW), THREADS
    )

    assert sorted(counts) == [*[0] * (THREADS - 1), 1]
    assert renewal.certification.history.filter(history_change_reason__contains="typo").count() == 1
