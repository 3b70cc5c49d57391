"""Every page for people, in both themes, on a screen and on a phone: nothing keeps anybody out."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys

from tests.e2e.barriers import WIDTHS, barriers, barriers_here, load_axe, resize
from tests.e2e.browser import Browser
from tests.e2e.databases import Databases
from tests.e2e.desk import desk_stack, log_in, logged_in_browser
from tests.e2e.stack import Stack

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize(
        "backend", [pytest.param("services", marks=pytest.mark.services)], indirect=True
    ),
]
CERTIFICATIONS = "/admin/certifications/certification/"
PHONE = WIDTHS[-1]
#: Browsers that look at pages at a time.
BROWSERS = 2
#: Pixels below which a letter is a blot.
LEGIBLE = 10


@pytest.fixture(scope="module")
def stack(
    backend: str, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    with desk_stack(backend, databases, tmp_path_factory.mktemp("barriers")) as stack:
        # One mentor has no address, so that the run ends with an error and says so.
        stack.manage("check_expiry", "--job", "cron-001")
        yield stack


@pytest.fixture(scope="module")
def addresses(stack: Stack) -> list[str]:
    """Of every page that an administrator may open; there is a row in every list."""
    shown = stack.shell("from tests.e2e import desk_pages; desk_pages.show_addresses()")
    return [line for line in shown.splitlines() if line.startswith("/")]


@pytest.fixture(scope="module")
def logged_in(
    stack: Stack, addresses: list[str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Browser]:
    with logged_in_browser(stack, tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture
def browser(logged_in: Browser) -> Iterator[Browser]:
    resize(logged_in, WIDTHS[0])
    yield logged_in
    assert logged_in.console_errors() == []


def focused(browser: Browser, selector: str) -> bool:
    """Whether the focus is inside of what the selector finds."""
    return bool(
        browser.driver.execute_script(
            "return !!document.activeElement.closest(arguments[0])", selector
        )
    )


@pytest.mark.timeout(400)
def test_no_page_has_a_grave_barrier_or_is_wider_than_the_screen(
    stack: Stack, addresses: list[str], tmp_path: Path
) -> None:
    def look(number: int) -> list[str]:
        with logged_in_browser(stack, tmp_path / f"profile-{number}") as browser:
            mine = addresses[number::BROWSERS]
            return [line for address in mine for line in barriers(browser, address)]

    with ThreadPoolExecutor(BROWSERS) as pool:
        found = [line for lines in pool.map(look, range(BROWSERS)) for line in lines]

    assert len(addresses) > 120
    assert not found, "\n".join(found)


def test_neither_has_a_page_for_those_who_are_not_in(stack: Stack, tmp_path: Path) -> None:
    browser = Browser(stack.url, tmp_path / "profile")
    try:
        found = list(barriers(browser, "/admin/login/"))
        browser.fill("#id_username", "nobody")
        browser.fill("#id_password", "wrong")
        browser.click("#login-form button")
        load_axe(browser)
        found += barriers_here(browser, "the login that failed")
        resize(browser, WIDTHS[0])
        log_in(browser, "admin")
        browser.driver.execute_script("document.getElementById('logout-form').submit()")
        browser.wait_for_text("h1", "logged out")
        load_axe(browser)
        found += barriers_here(browser, "the farewell")
    finally:
        browser.close()

    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "action", ["Renew…", "Send reminder now", "Delete selected certifications"]
)
def test_neither_has_a_page_that_asks_before_something_is_done(
    browser: Browser, action: str
) -> None:
    browser.open(f"{CERTIFICATIONS}?window=90")
    for box in browser.all("#result_list tbody input.action-select")[:2]:
        box.click()
    browser.choose("#changelist-actions select[name=action]", action)
    browser.click("#changelist-actions button[name=index]")
    load_axe(browser)

    found = list(barriers_here(browser, action))

    assert not found, "\n".join(found)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_bars_of_a_chart_are_as_high_as_their_numbers(browser: Browser, theme: str) -> None:
    browser.open("/admin/")
    painted = browser.driver.execute_script(
        """document.documentElement.classList.toggle("dark", arguments[0] === "dark");
        return [...document.querySelectorAll(".desk-chart a")].map((column) =>
            [...column.querySelectorAll("rect")]
                .map((each) => getComputedStyle(each).fill)
                .filter((fill) => !/rgba\\(0, 0, 0, 0\\)|transparent/.test(fill)).length)""",
        theme,
    )

    assert len(painted) > 20
    assert set(painted) == {1}


def test_on_a_phone_the_labels_of_a_chart_can_be_read(browser: Browser) -> None:
    resize(browser, PHONE)
    browser.open("/admin/")

    heights = browser.driver.execute_script(
        """return [...document.querySelectorAll(".desk-chart text")].map((each) =>
            each.getBoundingClientRect().height)"""
    )

    assert heights
    assert min(heights) >= LEGIBLE


def test_on_a_phone_a_wide_table_scrolls_by_the_keyboard(browser: Browser) -> None:
    resize(browser, PHONE)
    browser.open("/admin/cron/expirycheckrun/forecast/")
    browser.tab_to(".desk-scroll")

    browser.press(Keys.ARROW_RIGHT)

    browser.wait_until(
        lambda: browser.driver.execute_script("return document.activeElement.scrollLeft") > 0
    )


@pytest.mark.parametrize("page", ["/admin/", CERTIFICATIONS, f"{CERTIFICATIONS}calendar/"])
def test_the_first_tab_skips_to_the_content(browser: Browser, page: str) -> None:
    browser.open(page)

    browser.press(Keys.TAB)
    is_first = focused(browser, ".desk-skip")
    browser.press(Keys.ENTER)
    browser.wait_until(lambda: focused(browser, "main"))
    browser.press(Keys.TAB)

    assert is_first
    assert focused(browser, "main *")


def test_the_filters_take_the_focus_keep_it_and_give_it_back(browser: Browser) -> None:
    browser.open(CERTIFICATIONS)
    browser.tab_to("#desk-filters")

    browser.press(Keys.ENTER)
    browser.wait_until(lambda: focused(browser, "#changelist-filter"))
    for _ in range(60):
        browser.press(Keys.TAB)
        assert focused(browser, "#changelist-filter")
    browser.press(Keys.ESCAPE)

    browser.wait_until(lambda: focused(browser, "#desk-filters"))


def test_on_a_phone_the_menu_is_opened_and_closed_by_the_keyboard(browser: Browser) -> None:
    resize(browser, PHONE)
    browser.open(CERTIFICATIONS)
    browser.tab_to("#desk-menu")

    browser.press(Keys.ENTER)
    browser.wait_until(lambda: focused(browser, "#nav-sidebar"))
    browser.press(Keys.ESCAPE)

    browser.wait_until(lambda: focused(browser, "#desk-menu"))


@pytest.mark.parametrize("width", WIDTHS)
def test_from_a_mentor_one_gets_to_her_certification_without_a_mouse(
    browser: Browser, width: int
) -> None:
    resize(browser, width)
    browser.open("/admin/certifications/mentor/mentor-001/change/")
    link = f"#certifications-group a[href*='{CERTIFICATIONS}'][href*='/change/']"
    is_shown = browser.find(link).is_displayed()
    browser.tab_to(link)

    browser.press_to_leave(Keys.ENTER)

    assert is_shown
    assert CERTIFICATIONS in browser.driver.current_url
