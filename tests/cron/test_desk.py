"""The desk's pages of jobs, runs and reminders."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

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
    ReminderSnooze,
    RunStatus,
)
from cron.services.jobs import create_job
from cron.services.snoozing import snooze_reminders
from tests.cron.conftest import Clock, check_expiry
from tests.desk.conftest import client_at_desk, make_account
from tests.factories import (
    CertificateFactory,
    CertificationFactory,
    CoordinatorFactory,
    ExpiryCheckRunFactory,
    MentorFactory,
    OrganisationFactory,
    TenantContactFactory,
)

NOW = datetime(2026, 3, 26, 10, 0, tzinfo=UTC)
RUNS = "/admin/cron/expirycheckrun/"
JOBS = "/admin/cron/expirycheckjob/"
CERTIFICATIONS = "/admin/certifications/certification/"

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("_inline_tasks"),
]


@pytest.fixture(autouse=True)
def _now(clock: Clock) -> None:
    clock.set(NOW)


def expiring(days: int, **more: object) -> Certification:
    return CertificationFactory.create(expires_at=NOW + timedelta(days=days), **more)


def left(
    certification: Certification,
    stage: int,
    run: ExpiryCheckRun,
    *,
    state: DeliveryState,
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


def page_of(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, (url, answer.status_code)
    return " ".join(answer.content.decode().split())


def why(certification: Certification) -> str:
    return f"{RUNS}why/{certification.pk}/"


# Runs


def failed_run() -> ExpiryCheckRun:
    with pytest.raises(SystemExit):
        check_expiry()
    return ExpiryCheckRun.objects.latest("pk")


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


def test_the_check_is_run_from_the_list_of_jobs_and_its_run_is_shown(desk: Client) -> None:
    job = create_job(name="nightly", cron_expression="0 2 * * *", now=NOW)
    expiring(7)

    answer = desk.post(JOBS, {"action": "run_the_check_now", "_selected_action": [job.pk]})

    run = ExpiryCheckRun.objects.get()
    assert answer["Location"] == f"{RUNS}{run.pk}/change/"
    assert (run.status, run.reminders_sent, str(run.requested_by)) == ("success", 1, "boss")


def test_a_job_is_run_and_tried_dry_from_its_own_page(desk: Client) -> None:
    job = create_job(name="nightly", cron_expression="0 2 * * *", now=NOW)
    expiring(7)

    page = page_of(desk, f"{JOBS}{job.pk}/change/")
    answers = [desk.post(f"{JOBS}{job.pk}/execute/", body) for body in ({"dry_run": ""}, {})]

    dry, real = ExpiryCheckRun.objects.order_by("pk")
    assert f'action="{JOBS}{job.pk}/execute/"' in page
    assert [answer["Location"] for answer in answers] == [
        f"{RUNS}{run.pk}/change/" for run in (dry, real)
    ]
    assert (dry.dry_run, real.dry_run, len(mail.outbox)) == (True, False, 1)
    assert desk.get(f"{JOBS}{job.pk}/execute/").status_code == 403
    assert desk.post(f"{JOBS}999/execute/").status_code == 404


def test_only_who_may_change_a_job_runs_it() -> None:
    job = create_job(name="nightly", cron_expression="0 2 * * *", now=NOW)
    for name, role in (("audrey", "auditor"), ("cora", "coordinator")):
        client = client_at_desk(make_account(name, role))

        assert "job-runs" not in page_of(client, f"{JOBS}{job.pk}/change/")
        assert client.post(f"{JOBS}{job.pk}/execute/").status_code == 403

    assert not ExpiryCheckRun.objects.exists()


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


# Why


def test_the_page_why_shows_the_plan_and_sends_at_once(desk: Client) -> None:
    create_job(name="nightly", cron_expression="0 2 * * *", now=NOW)
    certification = expiring(10)

    before = page_of(desk, why(certification))
    answer = desk.post(why(certification), {"send": ""}, follow=True)
    after = " ".join(answer.content.decode().split())

    assert "14 days before" in before
    assert "Its days went by" in before
    assert "1 reminder is on its way" in after
    assert mail.outbox[0].to == [certification.mentor.email]


def test_reminders_are_snoozed_and_the_snooze_ended(desk: Client) -> None:
    certification = expiring(10)
    url = why(certification)

    refused = desk.post(url, {"snooze": "", "until": "2026-03-01", "reason": "away"})
    desk.post(url, {"snooze": "", "until": "2026-04-02", "reason": "On leave"})
    page = page_of(desk, url)
    listed = page_of(desk, CERTIFICATIONS)
    snooze = ReminderSnooze.objects.get()
    desk.post(url, {"end": ""})

    assert "Give a day after today" in refused.content.decode()
    assert "Reminders are snoozed until 2 Apr 2026: On leave" in page
    assert "snoozed until 2 Apr 2026" in listed
    assert (snooze.reason, str(snooze.snoozed_by)) == ("On leave", "boss")
    assert not ReminderSnooze.objects.exists()


def test_the_list_of_certifications_sends_at_once_and_names_what_it_can_not(desk: Client) -> None:
    sound, revoked = expiring(10), expiring(10, status="revoked")

    answer = desk.post(
        CERTIFICATIONS,
        {"action": "send_reminder_now", "_selected_action": [sound.pk, revoked.pk]},
        follow=True,
    )

    page = answer.content.decode()
    assert len(mail.outbox) == 1
    assert "1 reminder is on its way" in page
    assert f"{revoked}: The certification is revoked." in page


def test_the_list_shows_when_the_next_reminder_is_due(desk: Client) -> None:
    expiring(40)  # stage 30 in 10 days
    check_expiry()

    page = page_of(desk, CERTIFICATIONS)

    assert "next reminder" in page.lower()
    assert "5 Apr 2026" in page


def test_of_one_declared_expired_the_list_shows_the_day_from_which_it_is_reminded(
    desk: Client,
) -> None:
    expiring(5, status="expired")

    page = page_of(desk, CERTIFICATIONS)

    (shown,) = re.findall(r'class="field-next_reminder[^>]*>(.*?)</td>', page)
    assert re.sub("<[^>]*>", "", shown).strip() == "31 Mar 2026"


def test_many_refusals_are_told_in_one_message_for_each_reason(desk: Client) -> None:
    revoked = [expiring(10, status="revoked") for _ in range(8)]

    answer = desk.post(
        CERTIFICATIONS,
        {"action": "send_reminder_now", "_selected_action": [row.pk for row in revoked]},
        follow=True,
    )

    page = " ".join(answer.content.decode().split())
    assert page.count("The certification is revoked.") == 1
    assert f"{revoked[4]} and 3 more: The certification is revoked." in page


def test_a_certifications_page_links_to_why(desk: Client) -> None:
    certification = expiring(10)

    assert why(certification) in page_of(desk, f"{CERTIFICATIONS}{certification.pk}/change/")


# Who


def test_a_coordinator_steers_her_own_and_sees_no_others() -> None:
    home, elsewhere = OrganisationFactory.create_batch(2)
    account = make_account("cora", "coordinator")
    CoordinatorFactory.create(organisation=home, account=account)
    cora = client_at_desk(account)
    own = expiring(7, mentor=MentorFactory.create(organisation=home, name="Ours", email=""))
    other = expiring(
        7, mentor=MentorFactory.create(organisation=elsewhere, name="Theirs", email="")
    )
    run = failed_run()

    page = page_of(cora, f"{RUNS}{run.pk}/change/")
    forecast = page_of(cora, f"{RUNS}forecast/")

    assert "Ours" in page
    assert "Theirs" not in page
    assert "Retry the failed" not in page
    assert str(other) not in forecast
    assert cora.get(why(own)).status_code == 200
    assert cora.get(why(other)).status_code == 404
    assert cora.post(f"{RUNS}{run.pk}/retry/").status_code == 403
    assert cora.get(f"{RUNS}forecast/cron.reminder/{other.pk}/7/").status_code == 404


def test_an_auditor_reads_why_and_changes_nothing() -> None:
    auditor = client_at_desk(make_account("audrey", "auditor"))
    certification = expiring(7)
    snooze_reminders(
        certification=certification, until=date(2026, 4, 1), reason="away", account=None, now=NOW
    )

    page = page_of(auditor, why(certification))

    assert "Send reminder now" not in page
    for body in ({"end": ""}, {"send": ""}):
        assert auditor.post(why(certification), body).status_code == 403
    assert ReminderSnooze.objects.exists()


# Jobs


def described(
    client: Client, expression: str, zone: str = "UTC", **headers: str
) -> dict[str, object]:
    query = {"cron_expression": expression, "timezone": zone}
    answer: dict[str, object] = client.get(f"{JOBS}describe/", query, headers=headers).json()
    return answer


def test_an_expression_is_described_with_its_next_five_times(desk: Client) -> None:
    assert described(desk, "0 2 * * *") == {
        "description": "At 02:00",
        "times": [f"{day} March 2026 02:00" for day in (27, 28, 29, 30, 31)],
    }
    assert described(desk, "@weekly")["description"] == "At 00:00, only on Sunday"
    oslo = described(desk, "30 2 * * MON", "Europe/Oslo")["times"]
    assert isinstance(oslo, list)
    assert oslo[0] == "30 March 2026 02:30 (30 Mar 2026 00:30 UTC)"
    norwegian = described(desk, "0 2 * * *", **{"Accept-Language": "nb"})
    assert norwegian["description"] == "På 02:00"


def test_a_wrong_expression_is_explained_as_it_is_typed(desk: Client) -> None:
    assert described(desk, "0 25 * * *") == {"description": "“25” is no hour.", "times": []}
    assert described(desk, "") == {"description": "", "times": []}


def test_jobs_are_listed_in_words(desk: Client) -> None:
    create_job(name="nightly", cron_expression="0 2 * * *", now=NOW)

    page = page_of(desk, JOBS)

    assert "0 2 * * * (At 02:00)" in page
    assert "27 Mar 2026 02:00" in page
