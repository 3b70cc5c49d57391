"""What the tests of the desk's pages share: rows as they lie around `NOW`, and where pages are."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from certifications.models import Certification
from cron.models import DeliveryState, ExpiryCheckRun, Reminder
from tests.cron.conftest import NOW, check_expiry
from tests.factories import CertificationFactory

#: The marks of tests that press buttons: tasks run at once, and the clock stands at `NOW`.
AT_THE_DESK = [
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.usefixtures("_inline_tasks", "clock"),
]
RUNS = "/admin/cron/expirycheckrun/"
JOBS = "/admin/cron/expirycheckjob/"
CERTIFICATIONS = "/admin/certifications/certification/"


def expiring(days: int, **more: object) -> Certification:
    return CertificationFactory.create(expires_at=NOW + timedelta(days=days), **more)


def left(
    certification: Certification,
    stage: int,
    run: ExpiryCheckRun,
    *,
    state: DeliveryState = DeliveryState.PENDING,
    error: str = "",
) -> Reminder:
    """A reminder as that run has it."""
    return Reminder.objects.create(
        certification=certification,
        expires_at=certification.expires_at,
        stage=stage,
        run=run,
        state=state,
        error=error,
        next_attempt_at=NOW,
    )


def failed_run() -> ExpiryCheckRun:
    """The run of a check that could not send everything."""
    with pytest.raises(SystemExit):
        check_expiry()
    return ExpiryCheckRun.objects.latest("pk")


def page_of(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, (url, answer.status_code)
    return " ".join(answer.content.decode().split())


def why(certification: Certification) -> str:
    return f"{RUNS}why/{certification.pk}/"
