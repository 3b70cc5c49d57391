"""The home page: what needs somebody today, with the lists behind every number."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from time_machine import TimeMachineFixture

from certifications.models import Organisation
from cron.models import ExpiryCheckJob, Reminder, RunStatus
from cron.services.jobs import create_job
from tests.factories import (
    CertificationFactory,
    CertificationTypeFactory,
    ExpiryCheckRunFactory,
    MentorFactory,
    OrganisationFactory,
)
from tests.webhooks.factories import WebhookEndpointFactory

NOW = datetime(2026, 3, 26, 10, 0, tzinfo=UTC)  # a Thursday
#: Session, account, second factor, and then the panels.
QUERIES = 17

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_ten")]


@pytest.fixture
def at_ten(time_machine: TimeMachineFixture) -> None:
    time_machine.move_to(NOW, tick=False)


def expiring(days: float, **more: object) -> None:
    CertificationFactory.create(expires_at=NOW + timedelta(days=days), **more)


def tiles(page: str) -> dict[str, tuple[str, str]]:
    """Number and address of each tile, by its label."""
    found = re.findall(
        r'<a class="desk-tile[^"]*" href="([^"]+)">\s*<span class="desk-number">([^<]+)</span>\s*'
        r"<span>([^<]+)</span>",
        page,
    )
    return {label: (number, url.replace("&amp;", "&")) for url, number, label in found}


def bars(page: str, title: str) -> dict[str, str]:
    """Address of each bar of a chart that stands for something, by what it says."""
    chart = page.partition(f'aria-label="{title}"')[2].partition("</svg>")[0]
    return {
        label: url.replace("&amp;", "&")
        for url, label in re.findall(r'<a href="([^"]+)" aria-label="([^"]+)"', chart)
        if ": 0 " not in label
    }


def rows(client: Client, url: str) -> int:
    """How many rows the list behind a number has."""
    page = client.get(url)
    assert page.status_code == 200, url
    count: int = page.context["cl"].result_count
    return count


def test_every_number_counts_the_rows_of_the_list_behind_it(desk: Client) -> None:
    for days in (3, 6.9, 20, 29, 60, 200):
        expiring(days)
    expiring(2, mentor=MentorFactory.create(email=""))
    expiring(-3, status="expired")
    expiring(-0.1)
    expiring(5, status="suspended")
    expiring(400)

    shown = tiles(desk.get("/admin/").content.decode())

    assert {label: number for label, (number, _url) in shown.items()} == {
        "have expired": "2",
        "expire within 7 days": "3",
        "expire within 30 days": "5",
        "expire within 90 days": "6",
        "expires within 30 days and has no address": "1",
        "reminders that failed": "0",
        "certificate reminders that failed": "0",
        "are failing": "0",
        "were switched off": "0",
    }
    for label, (number, url) in shown.items():
        assert rows(desk, url) == int(number), label


def test_the_chart_has_26_weeks_with_their_lists(desk: Client) -> None:
    expiring(-1, status="expired")  # this week, and over
    expiring(1)
    expiring(3.9)  # Monday of next week
    expiring(9)
    expiring(26 * 7 - 4)  # the last Sunday

    page = desk.get("/admin/").content.decode()
    weeks = bars(page, "Expirations per week, the next 26 weeks")

    assert list(weeks) == [
        "Week from 23 March 2026: 1 expires",
        "Week from 30 March 2026: 2 expire",
        "Week from 14 September 2026: 1 expires",
    ]
    assert [rows(desk, url) for url in weeks.values()] == [1, 2, 1]


def test_jobs_show_their_last_run_and_their_next(desk: Client) -> None:
    job = create_job(name="nightly", cron_expression="0 2 * * *", now=NOW)
    ExpiryCheckRunFactory.create(job=job, status=RunStatus.PARTIAL, reminders_sent=7, errors=2)
    create_job(name="resting", cron_expression="0 3 * * *", enabled=False, now=NOW)

    page = " ".join(desk.get("/admin/").content.decode().split())

    assert "nightly" in page
    assert "25 Mar 2026 02:00" in page
    assert "7 reminders sent, 2 errors" in page
    assert "27 Mar 2026 02:00" in page
    assert "disabled" in page
    assert ExpiryCheckJob.objects.count() == 2


def test_reminders_that_failed_and_those_sent_lead_to_their_lists(desk: Client) -> None:
    run = ExpiryCheckRunFactory.create(reminders_sent=1)
    for state in ("failed", "sent"):
        certification = CertificationFactory.create()
        Reminder.objects.create(
            certification=certification,
            expires_at=certification.expires_at,
            stage=7,
            run=run,
            state=state,
            settled_at=run.started_at,
            next_attempt_at=run.started_at,
        )

    page = desk.get("/admin/").content.decode()
    number, failed = tiles(page)["reminder that failed"]
    days = bars(page, "Reminders sent per day, the last 30 days")

    assert number == "1"
    assert rows(desk, failed) == 1
    assert list(days) == ["25 March 2026: 1 reminder sent"]
    assert rows(desk, days["25 March 2026: 1 reminder sent"]) == 2


def test_endpoints_in_trouble_are_named(desk: Client) -> None:
    WebhookEndpointFactory.create(name="sound")
    WebhookEndpointFactory.create(name="shaky", failing_since=NOW - timedelta(hours=3))
    WebhookEndpointFactory.create(
        name="dead", enabled=False, disabled_reason="gone", disabled_at=NOW - timedelta(days=1)
    )

    page = desk.get("/admin/").content.decode()
    shown = tiles(page)

    assert "shaky" in page
    assert "dead" in page
    assert "sound" not in page
    assert [rows(desk, shown[label][1]) for label in ("is failing", "was switched off")] == [1, 1]


def test_a_coordinator_counts_her_own(coordinator_of: Callable[[Organisation], Client]) -> None:
    home, elsewhere = OrganisationFactory.create_batch(2)
    expiring(3, mentor=MentorFactory.create(organisation=home, name="Ours"))
    expiring(3, mentor=MentorFactory.create(organisation=elsewhere, name="Theirs"))

    page = coordinator_of(home).get("/admin/").content.decode()

    assert tiles(page)["expires within 7 days"][0] == "1"
    assert "Ours" in page
    assert "Theirs" not in page
    assert "Webhook endpoints" not in page


def test_the_page_costs_the_same_however_much_there_is(
    desk: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ExpiryCheckRunFactory.create(job=create_job(name="j", cron_expression="0 2 * * *", now=NOW))
    with django_assert_num_queries(QUERIES):
        desk.get("/admin/")
    CertificationTypeFactory.create()
    for days in range(-40, 90, 3):
        expiring(days)
    for number in range(5):
        job = create_job(name=f"job {number}", cron_expression="0 2 * * *", now=NOW)
        ExpiryCheckRunFactory.create(job=job)
        WebhookEndpointFactory.create(failing_since=NOW)

    with django_assert_num_queries(QUERIES):
        desk.get("/admin/")
