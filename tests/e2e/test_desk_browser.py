"""The desk in a real browser, with sample data, a worker, and mails that arrive."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from selenium.webdriver.common.keys import Keys
from selenium_axe_python.axe import Axe

from tests.e2e.browser import Browser
from tests.e2e.databases import Databases
from tests.e2e.stack import JOBS, Stack
from tests.e2e.test_webhooks import IMPATIENT, Customer
from tests.webhooks.receiver import answer, receiving

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize(
        "backend", [pytest.param("services", marks=pytest.mark.services)], indirect=True
    ),
]
PASSWORD = "correct horse battery"
CERTIFICATIONS = "/admin/certifications/certification/"
RENEWED_UNTIL = "2031-05-17"


@pytest.fixture(scope="module")
def stack(
    backend: str, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    """One installation with sample data for all tests of this file."""
    folder = tmp_path_factory.mktemp("admin")
    settings = {**IMPATIENT, "DJANGO_SUPERUSER_PASSWORD": PASSWORD, "WEBHOOK_RETRY_SECONDS": "0"}
    stack = Stack(backend, databases, folder, settings)
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


def log_in(browser: Browser, name: str) -> None:
    browser.open("/admin/")
    browser.fill("#id_username", name)
    browser.fill("#id_password", PASSWORD)
    browser.click("#login-form button")
    assert browser.has("#logout-form"), browser.texts("body")


@pytest.fixture(scope="module")
def logged_in(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    browser = Browser(stack.url, tmp_path_factory.mktemp("profile"))
    try:
        log_in(browser, "admin")
        yield browser
    finally:
        browser.close()


@pytest.fixture
def browser(logged_in: Browser) -> Iterator[Browser]:
    """The browser of an admin who is logged in; its pages must work without errors."""
    yield logged_in
    assert logged_in.console_errors() == []


def fill_moment(browser: Browser, field: str, moment: datetime) -> None:
    browser.fill(f"#id_{field}_0", f"{moment:%Y-%m-%d}")
    browser.fill(f"#id_{field}_1", f"{moment:%H:%M:%S}")


def tick(browser: Browser, *rows: int) -> None:
    """Tick the rows of a list, counted from 1."""
    browser.find("#result_list tbody input.action-select")
    boxes = browser.all("#result_list tbody input.action-select")
    for row in rows:
        boxes[row - 1].click()


def run_action(browser: Browser, label: str) -> None:
    browser.choose("#changelist-actions select[name=action]", label)
    browser.click("#changelist-actions button[name=index]")


def messages(browser: Browser) -> str:
    return " ".join(browser.texts("#page main, #main, body"))


def tile(browser: Browser, label: str) -> int:
    """The number above that label on the home page."""
    browser.open("/admin/")
    shown = {text.split("\n")[1]: text.split("\n")[0] for text in browser.texts(".desk-tile")}
    return int(shown[label])


def test_who_expires_this_week_is_one_click_from_home(browser: Browser) -> None:
    number = tile(browser, "expire within 7 days")

    browser.click_partial_link("expire within 7 days")
    days = [int(text) for text in browser.texts("#result_list td.field-days_left")]

    assert number > 0
    assert len(days) == number
    assert all(0 <= each <= 7 for each in days)


def test_two_are_renewed_at_once(browser: Browser) -> None:
    before = tile(browser, "expire within 30 days")
    browser.open(f"{CERTIFICATIONS}?window=30")
    names = browser.texts("#result_list .field-mentor")[:2]
    tick(browser, 1, 2)
    run_action(browser, "Renew…")
    asked = " ".join(browser.texts("#ask li"))
    browser.fill("#id_expires_at", RENEWED_UNTIL)
    browser.click(
        "main form button[type=submit], #content form button[type=submit], form button[type=submit]"
    )

    assert all(name.split("(")[1].rstrip(")") in asked for name in names)
    assert "Renewed 2 certifications." in messages(browser)
    assert tile(browser, "expire within 30 days") == before - 2


def test_a_renewal_is_added_on_the_page_of_its_certification(
    browser: Browser, stack: Stack
) -> None:
    until = datetime(2099, 1, 1, tzinfo=UTC)
    primary_key = stack.shell(
        "from certifications.models import Certification as C\n"
        "print(C.objects.filter(status='active', renewals=None).order_by('id').first().pk)"
    )
    browser.open(f"/admin/certifications/renewal/add/?certification={primary_key}")
    fill_moment(browser, "renewed_at", datetime.now(UTC))
    fill_moment(browser, "expires_at", until)
    browser.click("button[name=_save]")
    browser.open(f"{CERTIFICATIONS}{primary_key}/change/")

    assert browser.find("#id_expires_at_0").get_attribute("value") == "2099-01-01"
    assert browser.texts("#renewals-group .field-renewed_at")


def test_a_mentor_is_searched_and_shows_what_she_holds(browser: Browser) -> None:
    browser.open("/admin/certifications/mentor/")
    browser.fill("#searchbar", "mentor-001")
    browser.find("#searchbar").submit()
    browser.click_link("mentor-001")

    assert browser.find("#id_email").get_attribute("value")
    assert browser.texts("#certifications-group .field-status")


def test_a_webhook_that_failed_is_delivered_again(browser: Browser, stack: Stack) -> None:
    with receiving(answer(500), answer(500)) as receiver:
        customer = Customer(stack, receiver)
        customer.create()
        stack.wait_until(
            lambda: customer.states() == {"failed": 1}, timeout_s=30, what="the failure"
        )
        failing = tile(browser, "are failing")
        browser.open("/admin/webhooks/webhookdelivery/?state__exact=failed")
        tick(browser, 1)
        run_action(browser, "Deliver again")
        said = messages(browser)
        customer.wait_for_all_delivered()

        assert failing == 1
        assert "is sent again." in said
        assert len(receiver.requests) == 3
        assert tile(browser, "are failing") == 0


def test_a_coordinator_sees_her_organisation_and_no_other(
    stack: Stack, tmp_path_factory: pytest.TempPathFactory
) -> None:
    printed = stack.shell(
        f"from tests.e2e import seed; seed.desk_coordinator('cora', {PASSWORD!r})"
    )
    own, foreign = printed.split("\n")
    browser = Browser(stack.url, tmp_path_factory.mktemp("coordinator"))
    try:
        log_in(browser, "cora")
        browser.open(CERTIFICATIONS)
        organisations = set(browser.texts("#result_list td.field-organisation"))
        browser.open(f"{CERTIFICATIONS}{foreign}/change/")
        guessed = " ".join(browser.texts("body"))
        address = browser.driver.current_url
        errors = browser.console_errors()
    finally:
        browser.close()

    assert organisations == {own}
    assert "Perhaps it was deleted?" in guessed
    assert address.endswith("/admin/")
    assert errors == []


def test_a_bad_cron_expression_is_explained_and_a_good_one_saved(
    browser: Browser, stack: Stack
) -> None:
    browser.open("/admin/cron/expirycheckjob/add/")
    browser.fill("#id_name", "weekend_check")
    browser.fill("#id_cron_expression", "0 25 * * *")
    browser.click("button[name=_save]")
    refused = " ".join(browser.texts("form"))
    browser.fill("#id_cron_expression", "15 6 * * SAT")
    browser.choose("#id_timezone", "Europe/Oslo")
    browser.click("button[name=_save]")

    assert "“25” is no hour." in refused
    assert "weekend_check" in browser.texts("#result_list .field-name")
    (job,) = [job for job in stack.get(JOBS).body["data"] if job["name"] == "weekend_check"]
    assert (job["cron_expression"], job["status"]) == ("15 6 * * SAT", "active")
    oslo_saturday = datetime.fromisoformat(job["next_run_at"])
    assert oslo_saturday.isoweekday() == 6
    assert oslo_saturday.hour in (4, 5)


def test_a_token_made_in_the_admin_opens_the_api(browser: Browser, stack: Stack) -> None:
    browser.open("/admin/knox/authtoken/add/")
    browser.fill("#id_user", "1")
    fill_moment(browser, "expiry", datetime.now(UTC) + timedelta(days=7))
    browser.click("button[name=_save]")
    token = re.search(r"[0-9a-f]{64}", messages(browser))
    assert token, messages(browser)

    answer = stack.api(
        "GET", "/api/v1/mentors?limit=1", headers={"Authorization": f"Bearer {token[0]}"}
    )

    assert stack.get("/api/v1/mentors").status == 401
    assert answer.status == 200, answer.text
    assert answer.body["pagination"]["total"] == 200


#: What people look at all day; {…} are rows that there are.
MAIN_PAGES = (
    "/admin/",
    CERTIFICATIONS,
    f"{CERTIFICATIONS}{{certification}}/change/",
    "/admin/certifications/mentor/",
    "/admin/certifications/mentor/mentor-001/change/",
    "/admin/cron/expirycheckjob/add/",
    "/admin/cron/expirycheckrun/",
    "/admin/cron/reminder/",
    "/admin/webhooks/webhookendpoint/",
    "/admin/badges/badgedefinition/",
    "/admin/second-factor/",
    f"{CERTIFICATIONS}calendar/",
)


@pytest.mark.parametrize("page", MAIN_PAGES)
def test_no_serious_barrier_stands_on_the_main_pages(
    browser: Browser, stack: Stack, page: str
) -> None:
    first = "from certifications.models import Certification as C; print(C.objects.first().pk)"
    browser.open(page.format(certification=stack.shell(first)) if "{" in page else page)
    axe = Axe(browser.driver)
    axe.inject()  # type: ignore[no-untyped-call]

    found = axe.run()["violations"]

    grave = [each for each in found if each["impact"] in ("serious", "critical")]
    assert not grave, axe.report(grave)


def test_the_keyboard_alone_renews(browser: Browser) -> None:
    browser.open(f"{CERTIFICATIONS}?window=90")
    browser.tab_to("#result_list tbody input.action-select")
    browser.press(Keys.SPACE)
    browser.tab_to("#changelist-actions select[name=action]")
    browser.press("Renew")
    browser.tab_to("#changelist-actions button[name=index]")
    browser.press_to_leave(Keys.ENTER)
    browser.tab_to("#id_expires_at")
    browser.press(RENEWED_UNTIL)
    browser.tab_to("#ask button[type=submit]")
    browser.press_to_leave(Keys.ENTER)

    assert "Renewed 1 certification." in messages(browser)


def test_the_documentation_renders_without_the_internet(browser: Browser) -> None:
    browser.open("/api/docs")

    assert browser.find(".opblock-summary-path")
    assert browser.find(".info .title").text.startswith("Certkeep")


def test_logging_out_closes_the_admin(browser: Browser) -> None:
    browser.open("/admin/")
    browser.driver.execute_script("document.getElementById('logout-form').submit()")
    browser.open("/admin/certifications/mentor/")

    assert browser.has("#id_username")
