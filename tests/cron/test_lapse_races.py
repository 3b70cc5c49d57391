"""Many workers that notice the same missed run at the same moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.core.mail import EmailMessage

from cron.services import lapses
from cron.services.jobs import create_job
from tests.threads import all_at_once

pytestmark = [
    pytest.mark.services,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]


def test_a_lapse_that_many_workers_notice_is_one_mail(mailoutbox: list[EmailMessage]) -> None:
    made = datetime(2026, 3, 24, 12, 0, tzinfo=UTC)
    create_job(name="nightly", cron_expression="0 2 * * *", now=made)
    account = User.objects.create(username="ada", email="ada@example.org")
    account.groups.add(Group.objects.get(name="admin"))

    def watch(number: int) -> None:
        now = made + timedelta(days=1, milliseconds=number)
        lapses.watch(now=now)
        lapses.send_due_notices(now=now)

    all_at_once(watch)

    assert len(mailoutbox) == 1
