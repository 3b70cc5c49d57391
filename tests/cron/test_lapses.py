"""The dead man's switch: a job that did not run in time is told of, once."""

from __future__ import annotations

import smtplib
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.core.mail import EmailMessage
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings
from rest_framework.test import APIClient

from cron.models import ExpiryCheckJob, RunStatus
from cron.services import lapses
from cron.services.jobs import create_job, update_job
from cron.tasks import watch_jobs
from tests.cron.conftest import Clock
from tests.cron.pages import JOBS, page_of
from tests.factories import ExpiryCheckRunFactory

pytestmark = pytest.mark.django_db

MADE = datetime(2026, 3, 24, 12, 0, tzinfo=UTC)
SLOT = datetime(2026, 3, 25, 2, 0, tzinfo=UTC)
LATE = SLOT + timedelta(hours=1)
#: More than the time after which a mail that failed is tried again.
A_WHILE = lapses.RETRY + timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _addresses(settings: Settings) -> None:
    """What the embedded default has, whatever database the tests run on."""
    settings.PUBLIC_URL = "http://certkeep.example.org"
    settings.WEBHOOK_ALLOW_HTTP = True
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]


@pytest.fixture
def job() -> ExpiryCheckJob:
    return create_job(name="nightly", cron_expression="0 2 * * *", now=MADE)


def administrator(name: str = "ada", **more: object) -> User:
    account = User.objects.create(username=name, email=f"{name}@example.org", **more)
    account.groups.add(Group.objects.get(name="admin"))
    return account


def watch(clock: Clock, moment: datetime) -> None:
    """What beat fires, at that moment."""
    clock.set(moment)
    watch_jobs.apply(throw=True)


def jobs_part(api: APIClient) -> str:
    answer = api.get("/readyz")
    assert answer.status_code == 200
    return str(answer.json()["parts"]["jobs"])


def test_a_job_is_not_overdue_before_its_grace_time_is_over(
    job: ExpiryCheckJob, clock: Clock, api: APIClient, mailoutbox: list[EmailMessage]
) -> None:
    administrator()

    watch(clock, LATE - timedelta(seconds=1))

    assert jobs_part(api) == "ok"
    assert mailoutbox == []


def test_a_job_that_did_not_run_is_named_and_the_admins_get_a_mail(
    job: ExpiryCheckJob, clock: Clock, api: APIClient, mailoutbox: list[EmailMessage]
) -> None:
    administrator("ada")
    administrator("gone", is_active=False)
    administrator("mute").delete()
    User.objects.create_superuser("boss", "boss@example.org")

    watch(clock, LATE)

    assert jobs_part(api) == f"{job.public_id} has missed 2026-03-25T02:00:00Z"
    (mail,) = mailoutbox
    assert mail.to == ["ada@example.org"]
    # Where the API is open, as here, anybody names jobs.
    assert mail.subject == f"The job {job.public_id} did not run"
    assert "nightly" not in mail.body
    assert "2026-03-25 02:00 UTC" in mail.body
    assert f"/admin/cron/expirycheckjob/{job.pk}/change/" in mail.body


def test_a_job_is_named_by_those_who_may_name_it(
    job: ExpiryCheckJob, clock: Clock, settings: Settings, mailoutbox: list[EmailMessage]
) -> None:
    settings.PUBLIC_API = "closed"
    administrator("ada")

    watch(clock, LATE)

    (mail,) = mailoutbox
    assert mail.subject == f"The job nightly ({job.public_id}) did not run"
    assert f"the job nightly ({job.public_id}) did not run in time." in mail.body


def test_one_lapse_is_one_mail_however_long_it_lasts(
    job: ExpiryCheckJob, clock: Clock, mailoutbox: list[EmailMessage]
) -> None:
    administrator()

    for minutes in range(0, 3000, 7):
        watch(clock, LATE + timedelta(minutes=minutes))

    assert len(mailoutbox) == 1


@pytest.mark.parametrize("status", [RunStatus.SUCCESS, RunStatus.PARTIAL])
def test_a_run_that_did_the_work_ends_the_lapse_and_the_next_one_is_told_of_anew(
    status: str,
    job: ExpiryCheckJob,
    clock: Clock,
    api: APIClient,
    mailoutbox: list[EmailMessage],
) -> None:
    administrator()
    watch(clock, LATE)
    ExpiryCheckRunFactory.create(job=job, started_at=LATE, status=status)

    watch(clock, LATE + A_WHILE)
    assert jobs_part(api) == "ok"
    assert len(mailoutbox) == 1

    watch(clock, LATE + timedelta(days=1))
    assert len(mailoutbox) == 2
    assert mailoutbox[0].extra_headers["Message-ID"] != mailoutbox[1].extra_headers["Message-ID"]


@pytest.mark.parametrize(
    "run",
    [
        {"status": RunStatus.FAILED},
        {"status": RunStatus.RUNNING},
        {"dry_run": True},
        {"started_at": SLOT - timedelta(seconds=1)},
    ],
    ids=["failed", "still running", "dry", "before the slot"],
)
def test_a_run_that_did_not_do_the_slots_work_does_not_count(
    run: dict[str, object], job: ExpiryCheckJob, clock: Clock, api: APIClient
) -> None:
    ExpiryCheckRunFactory.create(**{"job": job, "slot": SLOT, "started_at": SLOT, **run})

    clock.set(LATE)

    assert jobs_part(api) != "ok"


def test_the_grace_time_is_the_jobs_own(job: ExpiryCheckJob, clock: Clock, api: APIClient) -> None:
    update_job(job=job, grace_seconds=60, now=MADE)

    clock.set(SLOT + timedelta(seconds=60))

    assert jobs_part(api) != "ok"


def test_a_disabled_job_is_not_overdue(job: ExpiryCheckJob, clock: Clock, api: APIClient) -> None:
    update_job(job=job, enabled=False, now=MADE)

    clock.set(LATE)

    assert jobs_part(api) == "ok"


def test_a_mail_that_the_server_refuses_is_tried_again(
    job: ExpiryCheckJob,
    clock: Clock,
    mailoutbox: list[EmailMessage],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    administrator()

    def refuse(*args: object) -> int:
        raise smtplib.SMTPServerDisconnected("no")

    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "send_messages", refuse)
        watch(clock, LATE)
    watch(clock, LATE + timedelta(minutes=1))
    assert mailoutbox == []

    watch(clock, LATE + A_WHILE)
    assert len(mailoutbox) == 1


def test_without_anybody_to_tell_nothing_is_sent(
    job: ExpiryCheckJob, clock: Clock, mailoutbox: list[EmailMessage]
) -> None:
    watch(clock, LATE)

    assert mailoutbox == []
    job.refresh_from_db()
    assert job.lapsed_slot == SLOT
    assert job.lapse_notice_due_at is None


def test_ready_costs_one_query_more_however_many_jobs_there_are(
    clock: Clock, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(5):
        create_job(name=f"job {number}", cron_expression="0 2 * * *", now=MADE)

    with django_assert_num_queries(1):
        assert len(lapses.overdue_jobs(LATE)) == 5


def test_the_desk_shows_what_was_missed_and_takes_grace_and_ping_url(
    job: ExpiryCheckJob, clock: Clock, desk: Client
) -> None:
    watch(clock, LATE)
    values = {
        "name": "nightly",
        "cron_expression": "0 2 * * *",
        "timezone": "UTC",
        "enabled": "on",
        "grace_seconds": "7200",
        "ping_url": "http://127.0.0.1:9/ping",
    }
    assert "Missed since" in page_of(desk, JOBS)

    desk.post(f"{JOBS}{job.pk}/change/", values)

    job.refresh_from_db()
    assert job.grace_seconds == 7200
    assert job.ping_url == "http://127.0.0.1:9/ping"


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"ping_url": "https://169.254.169.254/latest"}, "is not a public address"),
        ({"ping_url": "ftp://example.org"}, "The URL has to begin with"),
        ({"grace_seconds": "5"}, "greater than or equal to 60"),
    ],
)
def test_the_desk_says_what_is_wrong_with_them(
    change: dict[str, str], fault: str, job: ExpiryCheckJob, desk: Client
) -> None:
    values = {
        "name": "nightly",
        "cron_expression": "0 2 * * *",
        "timezone": "UTC",
        "grace_seconds": "3600",
        "ping_url": "",
        **change,
    }

    answer = desk.post(f"{JOBS}{job.pk}/change/", values)

    assert fault in answer.content.decode()
    job.refresh_from_db()
    assert job.ping_url == ""
