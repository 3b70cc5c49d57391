"""The admin in a real browser, with sample data, a worker, and mails that arrive."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.e2e.browser import Browser
from tests.e2e.databases import Databases
from tests.e2e.stack import JOBS, Stack

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize(
        "backend", [pytest.param("services", marks=pytest.mark.services)], indirect=True
    ),
]
PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def stack(
    backend: str, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    """One installation with sample data for all tests of this file."""
    folder = tmp_path_factory.mktemp("admin")
    stack = Stack(backend, databases, folder, {"DJANGO_SUPERUSER_PASSWORD": PASSWORD})
    try:
        for command in (
            ["collectstatic", "--noinput", "--verbosity", "0"],
            ["load_sample_data"],
            ["createsuperuser", "--noinput", "--username", "admin", "--email", "a@example.org"],
        ):
            result = stack.manage(*command)
            assert result.returncode == 0, result.stderr
        stack.start_web()
        stack.start_worker()
        yield stack
    finally:
        stack.close()


@pytest.fixture(scope="module")
def logged_in(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    browser = Browser(stack.url, tmp_path_factory.mktemp("profile"))
    try:
        browser.open("/admin/")
        browser.fill("#id_username", "admin")
        browser.fill("#id_password", PASSWORD)
        browser.click("input[type=submit]")
        assert browser.has("#logout-form"), browser.texts("body")
        yield browser
    finally:
        browser.close()


@pytest.fixture
def browser(logged_in: Browser) -> Iterator[Browser]:
    """The browser of a coordinator who is logged in; its pages must work without errors."""
    yield logged_in
    assert logged_in.console_errors() == []


def fill_moment(browser: Browser, field: str, moment: datetime) -> None:
    browser.fill(f"#id_{field}_0", f"{moment:%Y-%m-%d}")
    browser.fill(f"#id_{field}_1", f"{moment:%H:%M:%S}")


def test_certifications_are_listed_filtered_and_opened(browser: Browser) -> None:
    browser.open("/admin/certifications/certification/")
    total = len(browser.texts("#result_list tbody tr"))
    browser.open("/admin/certifications/certification/?status__exact=suspended")
    suspended = browser.texts("#result_list td.field-status")
    browser.fill("#searchbar", "mentor-0")
    browser.click("#changelist-search input[type=submit]")
    found = browser.texts("#result_list th.field-mentor")
    browser.click("#result_list th.field-mentor a")

    assert total == 100
    assert suspended
    assert {text.lower() for text in suspended} == {"suspended"}
    assert found
    assert all("mentor-0" in text for text in found)
    assert browser.has("#id_status option[value=suspended][selected]")
    assert browser.has("#id_expires_at_0")


def test_a_mentor_shows_what_she_holds(browser: Browser) -> None:
    browser.open("/admin/certifications/mentor/?q=mentor-001")
    browser.click_link("mentor-001")

    assert browser.find("#id_email").get_attribute("value")
    assert browser.texts("#certifications-group td.field-status")


def test_a_bad_cron_expression_is_explained_and_a_good_one_saved(
    browser: Browser, stack: Stack
) -> None:
    browser.open("/admin/cron/expirycheckjob/add/")
    browser.fill("#id_name", "weekend_check")
    browser.fill("#id_cron_expression", "0 25 * * *")
    browser.click("input[name=_save]")
    errors = browser.texts(".field-cron_expression .errorlist li")
    browser.fill("#id_cron_expression", "15 6 * * SAT")
    browser.choose("#id_timezone", "Europe/Oslo")
    browser.click("input[name=_save]")

    assert errors == ["“25” is no hour."]
    assert "weekend_check" in browser.texts("#result_list td.field-name")
    (job,) = [job for job in stack.get(JOBS).body["data"] if job["name"] == "weekend_check"]
    assert (job["cron_expression"], job["status"]) == ("15 6 * * SAT", "active")
    oslo_saturday = datetime.fromisoformat(job["next_run_at"])
    assert oslo_saturday.isoweekday() == 6
    assert oslo_saturday.hour in (4, 5)


def test_the_check_is_run_from_the_list_of_jobs_and_leaves_its_log(
    browser: Browser, stack: Stack
) -> None:
    browser.open("/admin/cron/expirycheckjob/")
    browser.find("#result_list tbody tr:last-child input.action-select")
    row = next(
        number
        for number, name in enumerate(browser.texts("#result_list td.field-name"), start=1)
        if name == "nightly_expiry_check"
    )
    browser.find(f"#result_list tbody tr:nth-child({row}) input.action-select").click()
    browser.choose("select[name=action]", "Run the check now")
    browser.click("button[name=index]")
    (message,) = browser.texts(".messagelist li")

    def status() -> str:
        browser.open("/admin/cron/expirycheckrun/")
        return browser.texts("#result_list td.field-status")[0].lower()

    stack.wait_until(lambda: status() in ("success", "partial"), timeout_s=60, what="the run")
    sent = int(browser.texts("#result_list td.field-reminders_sent")[0])
    listed = 0
    for kind in ("certificates/certificatereminder", "cron/reminder"):
        browser.open(f"/admin/{kind}/?state__exact=sent")
        (total,) = browser.texts(".paginator")
        listed += int(total.split()[0])
    browser.click("#result_list tbody th a")

    assert re.fullmatch(r"Started run-\d{4} of nightly_expiry_check\.", message)
    assert sent > 0
    assert listed == sent
    assert len(list((stack.var_dir / "mail").glob("*.eml"))) >= sent
    assert browser.texts(".field-recipient .readonly")
    assert not browser.has("input[name=_save], .deletelink, #content-main input[type=text]")


def test_a_token_made_in_the_admin_opens_the_api(browser: Browser, stack: Stack) -> None:
    browser.open("/admin/knox/authtoken/add/")
    browser.fill("#id_user", "1")
    fill_moment(browser, "expiry", datetime.now(UTC) + timedelta(days=7))
    browser.click("input[name=_save]")
    shown = " ".join(browser.texts(".messagelist li"))
    token = re.search(r"[0-9a-f]{64}", shown)
    assert token, shown

    answer = stack.api(
        "GET", "/api/v1/mentors?limit=1", headers={"Authorization": f"Bearer {token[0]}"}
    )

    assert stack.get("/api/v1/mentors").status == 401
    assert answer.status == 200, answer.text
    assert answer.body["pagination"]["total"] == 200


def test_a_renewal_moves_the_dates_of_its_certification(browser: Browser, stack: Stack) -> None:
    until = datetime(2099, 1, 1, tzinfo=UTC)
    primary_key = stack.shell(
        "from certifications.models import Certification as C\n"
        "print(C.objects.filter(status='active', renewals=None).order_by('id').first().pk)"
    )
    browser.open(f"/admin/certifications/renewal/add/?certification={primary_key}")
    fill_moment(browser, "renewed_at", datetime.now(UTC))
    fill_moment(browser, "expires_at", until)
    browser.click("input[name=_save]")
    messages = browser.texts(".messagelist li.success")
    browser.open(f"/admin/certifications/certification/{primary_key}/change/")

    assert messages
    assert browser.find("#id_expires_at_0").get_attribute("value") == "2099-01-01"
    assert len(browser.texts("#renewals-group td.field-renewed_at")) == 1


def test_the_documentation_renders_without_the_internet(browser: Browser) -> None:
    browser.open("/api/docs")

    assert browser.find(".opblock-summary-path")
    assert browser.find(".info .title").text.startswith("Certkeep")


def test_logging_out_closes_the_admin(browser: Browser) -> None:
    browser.open("/admin/")
    browser.click("#logout-form button")
    browser.open("/admin/certifications/mentor/")

    assert browser.has("#id_username")
