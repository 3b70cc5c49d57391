"""The desk's pages of jobs."""

from __future__ import annotations

from django.core import mail
from django.test import Client

from cron.models import (
    ExpiryCheckRun,
)
from cron.services.jobs import create_job
from tests.cron.conftest import NOW
from tests.cron.pages import AT_THE_DESK, JOBS, RUNS, expiring, page_of
from tests.desk.conftest import client_at_desk, make_account

pytestmark = AT_THE_DESK


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
