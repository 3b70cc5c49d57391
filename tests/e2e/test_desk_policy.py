"""The desk in a real browser under its content policy: all of it works, and no text runs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from selenium.webdriver.common.keys import Keys

from tests.e2e.browser import Browser
from tests.e2e.databases import Databases
from tests.e2e.desk import desk_stack, logged_in_browser
from tests.e2e.stack import Stack

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize(
        "backend", [pytest.param("services", marks=pytest.mark.services)], indirect=True
    ),
]
#: What the theme's scripts would run if they came upon it in the page.
SCRIPT = """<i x-data x-init="document.title='pwn '+String(window.origin)">x</i>"""


@pytest.fixture(scope="module")
def stack(
    backend: str, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    with desk_stack(backend, databases, tmp_path_factory.mktemp("desk")) as stack:
        yield stack


@pytest.fixture
def browser(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with logged_in_browser(stack, tmp_path_factory.mktemp("profile")) as browser:
        yield browser


def test_every_page_works_without_eval(browser: Browser, stack: Stack) -> None:
    browser.open("/admin/")
    found = browser.all("#nav-sidebar a[href*='/admin/']")
    lists = sorted({str(link.get_attribute("href")).removeprefix(stack.url) for link in found})
    assert len(lists) > 15

    for page in lists:
        browser.open(page)
        rows = browser.all("#result_list tbody th a")
        links = [str(rows[0].get_attribute("href")).removeprefix(stack.url)] if rows else []
        if browser.has("a[href$='/add/']"):
            links.append(f"{page.partition('?')[0]}add/")
        for link in links:
            browser.open(link)

    assert browser.console_errors() == []


def test_menu_search_theme_and_tabs_work(browser: Browser) -> None:
    browser.open("/admin/certifications/certification/")

    browser.visible("#desk-menu-wide").click()
    browser.wait_until(lambda: not browser.find("#nav-sidebar").is_displayed())
    browser.open("/admin/certifications/mentor/")
    assert not browser.find("#nav-sidebar").is_displayed()
    browser.visible("#desk-menu-wide").click()
    browser.visible("#nav-filter").send_keys("badge")
    browser.wait_for_text("#search-results a", "Badge definitions")
    browser.press(Keys.ESCAPE)
    browser.wait_until(lambda: not browser.find("#search-results").is_displayed())

    assert browser.find("#nav-filter").get_attribute("value") == ""
    assert browser.console_errors() == []


def test_a_mail_is_shown_as_html_and_as_text_and_runs_nothing(
    browser: Browser, stack: Stack
) -> None:
    stack.shell(
        "from certifications.models import *; from datetime import *;"
        f"kind = CertificationType.objects.create(code={SCRIPT!r}, name={SCRIPT!r});"
        "now = datetime.now(UTC);"
        f"mentor = Mentor.objects.create(id='q', name={SCRIPT!r}, email='q@example.org');"
        "Certification.objects.create(mentor=mentor, certification_type=kind, issued_at=now,"
        " expires_at=now + timedelta(days=7))"
    )
    pk = stack.shell(
        "from certifications.models import *; print(Certification.objects.get(mentor='q').pk)"
    )

    browser.open(f"/admin/cron/expirycheckrun/forecast/cron.reminder/{pk}/7/")
    text = browser.visible("pre").text
    title = browser.driver.title
    browser.driver.switch_to.frame(browser.find("iframe"))
    html = browser.find("body").text

    assert SCRIPT in text
    assert SCRIPT in html
    assert "pwn" not in title
    assert browser.console_errors() == []
