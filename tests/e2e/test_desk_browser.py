"""The desk in a real browser, with sample data, a worker, and mails that arrive."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from selenium.webdriver.common.keys import Keys

from tests.e2e.browser import Browser
from tests.e2e.databases import Databases
from tests.e2e.desk import PASSWORD, desk_stack, log_in, logged_in_browser
from tests.e2e.stack import JOBS, Stack
from tests.faults.customer import Customer
from tests.webhooks.receiver import answer, receiving

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize(
        "backend", [pytest.param("services", marks=pytest.mark.services)], indirect=True
    ),
]
CERTIFICATIONS = "/admin/certifications/certification/"
RENEWED_UNTIL = "2031-05-17"


@pytest.fixture(scope="module")
def stack(
    backend: str, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    """One installation with sample data for all tests of this file."""
    with desk_stack(backend, databases, tmp_path_factory.mktemp("admin")) as stack:
        stack.start_worker()
        yield stack


@pytest.fixture(scope="module")
def logged_in(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with logged_in_browser(stack, tmp_path_factory.mktemp("profile")) as browser:
        yield browser


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
    primary_key = stack.shell(
        "from certifications.models import Certification as C\n"
        "print(C.objects.filter(status='active', renewals=None).order_by('id').first().pk)"
    )
    browser.open(f"/admin/certifications/renewal/add/?certification={primary_key}")
    browser.fill("#id_renewed_at", f"{datetime.now(UTC):%Y-%m-%d}")
    browser.fill("#id_expires_at", "2099-01-01")
    browser.click("button[name=_save]")
    browser.open(f"{CERTIFICATIONS}{primary_key}/change/")

    assert browser.find("#id_expires_at").get_attribute("value") == "2099-01-01"
    assert browser.texts("#renewals-group .field-renewed_at")


def pick_organisation(browser: Browser) -> str:
    """Choose the first organisation in the filters, without submitting them; returns its id."""
    return str(
        browser.driver.execute_script(
            "const field = document.querySelector('#filter-form select[name*=organisation]');"
            "const option = [...field.options].find((each) => each.value);"
            "field.value = option.value;"
            "return option.value;"
        )
    )


def query_of(browser: Browser) -> dict[str, list[str]]:
    return parse_qs(urlsplit(browser.driver.current_url).query)


def test_filters_survive_each_other_whichever_comes_first(browser: Browser) -> None:
    browser.open(f"{CERTIFICATIONS}?window=30")
    organisation = pick_organisation(browser)
    page = browser.find("html")
    browser.driver.execute_script("document.querySelector('#filter-form').submit()")
    browser.wait_until(lambda: browser.is_gone(page))
    submitted = query_of(browser)

    browser.open(CERTIFICATIONS)
    pick_organisation(browser)
    browser.driver.execute_script(
        "document.querySelector('#filter-form li a[href*=\"window=30\"]').click()"
    )
    browser.wait_until(lambda: "window=30" in browser.driver.current_url)
    followed = query_of(browser)

    for query in (submitted, followed):
        assert query["window"] == ["30"]
        assert query["mentor__organisation__id__exact"] == [organisation]


def test_a_mentor_is_searched_and_shows_what_she_holds(browser: Browser) -> None:
    browser.open("/admin/certifications/mentor/")
    browser.fill("#searchbar", "mentor-001")
    browser.find("#searchbar").submit()
    browser.click_link("mentor-001")

    assert browser.find("#id_email").get_attribute("value")
    assert browser.texts("#certifications-group .field-status")


def test_a_file_with_one_bad_row_is_refused_and_a_good_one_imported(
    browser: Browser, tmp_path: Path
) -> None:
    heading = "mentor_id,certification_type,expires_at\n"
    good = "".join(f"imported-{number},first_aid,2031-05-17\n" for number in range(3))
    for name, rows in (("bad", good + "imported-9,first_aid,soon\n"), ("good", good)):
        (tmp_path / f"{name}.csv").write_text(heading + rows)

    def upload(name: str) -> str:
        browser.open(CERTIFICATIONS)
        browser.click_link("Import")
        browser.find("#id_file").send_keys(str(tmp_path / f"{name}.csv"))
        browser.click("#upload button[type=submit]")
        browser.find("p[role=status]:not(.step)")
        return messages(browser)

    refused = upload("bad")
    faults = browser.texts("#faults td")
    shown = upload("good")
    browser.visible("#id_register").click()
    browser.click("#apply button[type=submit]")
    browser.find("#differences ins")
    done = messages(browser)

    assert "1 thing is wrong; nothing can be imported." in refused
    assert faults[:2] == ["5", "expires_at"]
    assert "Import 3 rows" in shown
    assert "The file is imported." in done


def test_the_check_is_run_and_watched_until_it_is_over(browser: Browser, stack: Stack) -> None:
    browser.open("/admin/cron/expirycheckjob/")
    names = browser.texts("#result_list tbody .field-name")
    tick(browser, names.index("nightly_expiry_check") + 1)
    run_action(browser, "Run the check now")
    # The page watches its run and shows the rest of it by itself.
    browser.wait_for_text("main, body", "completed")
    shown = messages(browser)
    browser.open("/admin/cron/reminder/?state__exact=sent")
    recipients = browser.texts("#result_list .field-recipient")

    assert "nightly_expiry_check" in shown
    assert not browser.has("#run-progress")
    assert recipients
    assert len(list((stack.var_dir / "mail").glob("*.eml"))) >= len(recipients)


def test_why_is_shown_and_reminders_are_snoozed(browser: Browser) -> None:
    browser.open(f"{CERTIFICATIONS}?window=90")
    browser.click("#result_list tbody th a, #result_list tbody .field-mentor a")
    browser.click_partial_link("Why?")
    stages = browser.texts(".desk-table tbody tr td:first-child")
    browser.fill("#id_until", f"{date.today() + timedelta(days=9):%Y-%m-%d}")
    browser.fill("#id_reason", "On leave")
    browser.click("#snooze button[name=snooze]")
    snoozed = messages(browser)
    browser.click("#snooze button[name=end]")

    assert "30 days before" in stages
    assert ": On leave" in snoozed
    assert "Its reminders go out again." in messages(browser)


def test_a_cron_expression_is_put_into_words_while_it_is_typed(browser: Browser) -> None:
    browser.open("/admin/cron/expirycheckjob/add/")
    browser.find("#id_cron_expression").send_keys("30 6 * * MON")
    browser.wait_for_text("#schedule-outlook", "At 06:30, only on Monday")

    assert len(browser.texts("#schedule-outlook li")) == 5


def test_a_webhook_that_failed_is_delivered_again(browser: Browser, stack: Stack) -> None:
    with receiving(answer(500), answer(500)) as receiver:
        customer = Customer(stack, receiver)
        customer.create()
        stack.wait_until(
            lambda: customer.states() == {"failed": 1}, timeout_s=30, what="the failure"
        )
        failing = tile(browser, "is failing")
        browser.open("/admin/webhooks/webhookdelivery/?state__exact=failed")
        tick(browser, 1)
        run_action(browser, "Deliver again")
        said = messages(browser)
        customer.wait_for_all_delivered()

        assert failing == 1
        assert "Sent again:" in said
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
    assert answer.body["pagination"]["total"] >= 200


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
