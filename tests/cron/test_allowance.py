"""Mails a minute, for servers that take only so many."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail

from cron.models import MailMinute, Reminder
from cron.services import allowance
from tests.cron.conftest import Clock, check_expiry
from tests.factories import CertificationFactory
from tests.threads import all_at_once

NIGHT = datetime(2026, 3, 26, 2, 0, 20, tzinfo=UTC)


@pytest.mark.django_db
def test_a_run_keeps_to_the_mails_of_each_minute(
    clock: Clock, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REMINDERS_PER_MINUTE, settings.REMINDER_BATCH_SIZE = 5, 4
    clock.set(NIGHT)
    CertificationFactory.create_batch(12, expires_at=NIGHT + timedelta(days=14))
    waits = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        clock.advance(timedelta(seconds=seconds))

    monkeypatch.setattr("cron.management.commands.check_expiry.time.sleep", sleep)

    check_expiry()

    assert len(mail.outbox) == 12
    minutes = Counter(
        row.settled_at.replace(second=0) for row in Reminder.objects.sent() if row.settled_at
    )
    assert [minutes[moment] for moment in sorted(minutes)] == [5, 5, 2]
    assert {row.attempts for row in Reminder.objects.all()} == {1}
    assert len(waits) <= 5


@pytest.mark.django_db
def test_without_a_limit_nothing_is_counted(clock: Clock) -> None:
    clock.set(NIGHT)
    CertificationFactory.create_batch(3, expires_at=NIGHT + timedelta(days=14))

    check_expiry()

    assert len(mail.outbox) == 3
    assert not MailMinute.objects.exists()


@pytest.mark.django_db
def test_figures_of_past_days_are_not_kept(clock: Clock, settings: Any) -> None:
    settings.REMINDERS_PER_MINUTE = 1
    allowance.take_one(NIGHT)

    allowance.take_one(NIGHT + timedelta(days=2))

    assert MailMinute.objects.count() == 1


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.services
def test_workers_together_take_no_more_than_there_is(settings: Any) -> None:
    settings.REMINDERS_PER_MINUTE = 25

    taken = all_at_once(lambda _: sum(allowance.take_one(NIGHT) for _ in range(10)), threads=8)

    assert sum(taken) == 25
    assert allowance.opens_at(NIGHT) == NIGHT.replace(second=0) + timedelta(minutes=1)
