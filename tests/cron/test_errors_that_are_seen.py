"""What could not be sent is seen: by the monitor, by the figures of the run, and soon."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django import Settings

from certificates.models import CertificateReminder
from cron.models import DeliveryState, ExpiryCheckJob, ExpiryCheckRun, Reminder, RunStatus
from cron.services import bell
from cron.services.jobs import create_job
from cron.services.runs import continue_run, execute_job, perform_run
from tests.cron.conftest import NOW, Clock, check_expiry
from tests.cron.pages import expiring
from tests.e2e.smtp import Behaviour, MailServer
from tests.factories import (
    CertificateFactory,
    MentorFactory,
    TenantContactFactory,
    TenantFactory,
)

pytestmark = pytest.mark.django_db

SMTP = "django.core.mail.backends.smtp.EmailBackend"


@pytest.fixture
def job(clock: Clock) -> ExpiryCheckJob:
    job = create_job(name="nightly", cron_expression="0 2 * * *", now=NOW)
    ExpiryCheckJob.objects.update(ping_url="https://monitor.example.org/x")
    return job


@pytest.fixture
def pings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What workers were asked to tell the monitor; nobody answers when one is rung for."""
    told: list[str] = []
    monkeypatch.setattr(bell, "ring_for_ping", lambda run, kind, **_: told.append(str(kind)))
    for name in ("ring_for_run", "ring_for_sending"):
        monkeypatch.setattr(bell, name, lambda *_, **__: None)
    return told


def run_now(job: ExpiryCheckJob) -> ExpiryCheckRun:
    run = execute_job(job=job, trigger="api", now=NOW)  # type: ignore[arg-type]
    perform_run(run.pk)
    continue_run(run.pk)
    run.refresh_from_db()
    return run


@pytest.mark.parametrize(
    ("addresses", "ping", "is_good"),
    [
        (["", ""], "fail", False),
        (["", "a@example.org"], "success", True),
        (["a@example.org"], "success", True),
        ([], "success", True),
    ],
)
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_run_that_sent_nothing_but_errors_is_a_failure_to_the_monitor(
    job: ExpiryCheckJob, pings: list[str], addresses: list[str], ping: str, is_good: bool
) -> None:
    for address in addresses:
        expiring(7, mentor=MentorFactory.create(email=address))

    run = run_now(job)

    assert pings == ["start", ping]
    assert ExpiryCheckRun.objects.good().exists() == is_good
    assert run.status == (RunStatus.PARTIAL if "" in addresses else RunStatus.SUCCESS)


def test_one_of_two_recipients_that_is_refused_is_seen(clock: Clock, settings: Settings) -> None:
    tenant = TenantFactory.create()
    for name in ("a", "b"):
        TenantContactFactory.create(tenant=tenant, email=f"{name}@example.org")
    CertificateFactory.create(tenant=tenant, date_expire=NOW.date())
    clock.start(NOW)
    with MailServer(Behaviour(refused=frozenset({"b@example.org"}))) as server:
        settings.EMAIL_BACKEND, settings.EMAIL_HOST = SMTP, "127.0.0.1"
        settings.EMAIL_PORT = server.port
        with pytest.raises(SystemExit):
            check_expiry()
        check_expiry()
        recipients = server.recipients

    reminder = CertificateReminder.objects.get()
    run = ExpiryCheckRun.objects.earliest("pk")
    assert recipients == {"a@example.org": 1}
    assert (reminder.state, reminder.recipient) == (DeliveryState.SENT, "a@example.org")
    assert reminder.error.startswith("b@example.org: 550")
    assert (run.status, run.errors, run.reminders_sent) == (RunStatus.PARTIAL, 1, 1)


def test_all_recipients_that_are_refused_are_an_error_as_before(
    clock: Clock, settings: Settings
) -> None:
    expiring(7, mentor=MentorFactory.create(email="b@example.org"))
    clock.start(NOW)
    with MailServer(Behaviour(refused=frozenset({"b@example.org"}))) as server:
        settings.EMAIL_BACKEND, settings.EMAIL_HOST = SMTP, "127.0.0.1"
        settings.EMAIL_PORT = server.port
        with pytest.raises(SystemExit):
            check_expiry()

    assert Reminder.objects.get().state == DeliveryState.FAILED


@pytest.mark.parametrize("place", ["n" * 300, "file/below"])
def test_a_folder_that_no_later_try_makes_fails_at_once(
    clock: Clock, settings: Settings, tmp_path: Path, place: str
) -> None:
    (tmp_path / "file").touch()
    settings.EMAIL_BACKEND = "config.mail.EmlFileBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / place)
    expiring(7)

    with pytest.raises(SystemExit):
        check_expiry()

    reminder = Reminder.objects.get()
    assert (reminder.state, reminder.attempts) == (DeliveryState.FAILED, 1)


def test_the_longest_address_gets_its_file(
    clock: Clock, settings: Settings, tmp_path: Path
) -> None:
    settings.EMAIL_BACKEND = "config.mail.EmlFileBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    address = f"{'a' * 64}@{'.'.join(['b' * 60] * 3)}.no"
    expiring(7, mentor=MentorFactory.create(email=address))

    check_expiry()

    assert Reminder.objects.get().state == DeliveryState.SENT
    assert len(list(tmp_path.glob("*.eml"))) == 1
