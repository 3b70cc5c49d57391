"""The desk's pages of runs, and of what a check would send."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.core import mail
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from certificates.models import CertificateReminder
from certifications.models import Certification
from cron.models import (
    CoordinatorDigest,
    DeliveryState,
    ExpiryCheckRun,
    Reminder,
    RunStatus,
)
from cron.services.jobs import create_job
from tests.cron.conftest import NOW, check_expiry
from tests.cron.pages import AT_THE_DESK, JOBS, RUNS, expiring, failed_run, left, page_of, why
from tests.factories import (
    CertificateFactory,
    CoordinatorFactory,
    ExpiryCheckRunFactory,
    MentorFactory,
    TenantContactFactory,
)

pytestmark = AT_THE_DESK


def test_a_runs_page_shows_its_timeline_its_counts_and_every_error(desk: Client) -> None:
    expiring(7)
    expiring(7, mentor=MentorFactory.create(name="Mute Mary", email=""))
    run = failed_run()

    page = page_of(desk, f"{RUNS}{run.pk}/change/")

    for text in ("asked for", "planned", "completed", "Mute Mary", "no email address"):
        assert text in page
    assert "1 error" in page
    assert outcome(page, "Reminders") == ["0", "0", "1", "1", "0"]
    assert outcome(page, "Certificate reminders") == ["0"] * 5
    assert outcome(page, "Digests") == ["0"] * 5
    assert "Retry the failed" in page
    assert why(Certification.objects.get(mentor__name="Mute Mary")) in page


def outcome(page: str, kind: str) -> list[str]:
    """How many mails of that kind are pending, sending, sent, failed, superseded."""
    row = page.partition(f">{kind}</a>")[2].partition("</tr>")[0]
    return re.findall(r"<td[^>]*>(\d+)</td>", row)


def test_every_error_is_listed_page_by_page_whatever_failed(
    desk: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    run = ExpiryCheckRunFactory.create(status=RunStatus.PARTIAL, started_at=NOW, errors=62)
    for number in range(60):
        certification = expiring(7, mentor=MentorFactory.create(name=f"Mute {number:02}."))
        left(certification, 7, run, state=DeliveryState.FAILED, error="No address")
    expiry = date(2026, 4, 2)
    CertificateReminder.objects.create(
        certificate=CertificateFactory.create(date_expire=expiry, name="Fire safety"),
        date_expire=expiry,
        stage=7,
        run=run,
        state=DeliveryState.FAILED,
        next_attempt_at=NOW,
    )
    CoordinatorDigest.objects.create(
        coordinator=CoordinatorFactory.create(name="Cora"),
        run=run,
        state=DeliveryState.FAILED,
        covers_from=NOW,
        covers_until=NOW,
        next_attempt_at=NOW,
    )

    with django_assert_max_num_queries(30):
        first = page_of(desk, f"{RUNS}{run.pk}/change/")
    second = page_of(desk, f"{RUNS}{run.pk}/change/?errors=2")

    assert "62 errors" in first
    assert re.findall(r"Mute \d\d", first) == [f"Mute {number:02}" for number in range(50)]
    assert re.findall(r"Mute \d\d", second) == [f"Mute {number:02}" for number in range(50, 60)]
    assert second.index("Fire safety") < second.index("Digest for Cora")
    assert "Fire safety" not in first


def test_what_a_later_run_took_up_is_told_on_the_page_of_the_first(desk: Client) -> None:
    mentor = MentorFactory.create(email="")
    expiring(7, mentor=mentor)
    run = failed_run()
    with pytest.raises(SystemExit):
        check_expiry()

    page = page_of(desk, f"{RUNS}{run.pk}/change/")

    assert "1 that failed was taken up by a later run." in page
    assert "Retry the failed" not in page


def test_what_a_run_whose_worker_died_left_is_retried_from_its_page(desk: Client) -> None:
    run = ExpiryCheckRunFactory.create(status=RunStatus.FAILED, started_at=NOW)
    left(expiring(7), 7, run, state=DeliveryState.PENDING)

    page = page_of(desk, f"{RUNS}{run.pk}/change/")
    desk.post(f"{RUNS}{run.pk}/retry/")

    assert "Retry the failed" in page
    assert len(mail.outbox) == 1


def test_what_failed_is_retried_from_the_page_of_its_run(desk: Client) -> None:
    mentor = MentorFactory.create(email="")
    expiring(7, mentor=mentor)
    run = failed_run()
    mentor.email = "new@example.org"
    mentor.save()

    answer = desk.post(f"{RUNS}{run.pk}/retry/")
    again = desk.post(f"{RUNS}{run.pk}/retry/", follow=True).content.decode()

    fresh = ExpiryCheckRun.objects.latest("pk")
    assert answer["Location"] == f"{RUNS}{fresh.pk}/change/"
    assert fresh.requested_by is not None
    assert mail.outbox[-1].to == ["new@example.org"]
    assert "Nothing that failed" in again


def test_a_run_that_goes_on_reports_its_progress(desk: Client) -> None:
    run = ExpiryCheckRunFactory.create(status=RunStatus.RUNNING, completed_at=None, started_at=NOW)
    for state in ("sent", "pending", "failed"):
        left(expiring(7), 7, run, state=DeliveryState(state))

    page = page_of(desk, f"{RUNS}{run.pk}/change/")
    progress = desk.get(f"{RUNS}{run.pk}/progress/").json()

    assert f'data-url="{RUNS}{run.pk}/progress/"' in page
    assert progress == {
        "is_running": True,
        "done": 2,
        "total": 3,
        "text": "2 of 3 reminders done.",
    }


def test_a_dry_run_shows_who_would_get_what_with_the_mail(desk: Client) -> None:
    job = create_job(name="nightly", cron_expression="0 2 * * *", now=NOW)
    sound = expiring(7)
    expiring(7, mentor=MentorFactory.create(email=""))
    certificate = CertificateFactory.create(date_expire=date(2026, 4, 2))
    TenantContactFactory.create(tenant=certificate.tenant, email="safety@example.org")

    answer = desk.post(JOBS, {"action": "run_a_dry_one", "_selected_action": [job.pk]}, follow=True)
    page = " ".join(answer.content.decode().split())
    mail_url = f"{RUNS}forecast/cron.reminder/{sound.pk}/7/"
    shown = page_of(desk, mail_url)
    html = desk.get(f"{mail_url}?html")

    assert ExpiryCheckRun.objects.get().reminders_due == 3
    assert sound.mentor.email in page
    assert "The mentor has no email address." in page
    assert "safety@example.org" in page
    assert mail_url in page
    assert "expires in 7 days" in shown
    assert html["Content-Security-Policy"].startswith("sandbox")
    assert "expires in 7 days" in html.content.decode()
    assert mail.outbox == []
    assert not Reminder.objects.exists()


def test_the_forecast_is_paged_and_its_pages_cost_the_same(
    desk: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(60):
        expiring(7)

    with django_assert_max_num_queries(20):
        first = page_of(desk, f"{RUNS}forecast/")
    second = page_of(desk, f"{RUNS}forecast/?page=2")

    assert first.count("/forecast/cron.reminder/") == 50
    assert second.count("/forecast/cron.reminder/") == 10


def test_a_mail_that_does_not_exist_is_not_found(desk: Client) -> None:
    for path in ("cron.reminder/999/7", "cron.reminder/1/x", "auth.user/1/7"):
        assert desk.get(f"{RUNS}forecast/{path}/").status_code == 404
