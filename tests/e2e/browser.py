"""Chromium and the few gestures that the admin needs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait

CHROMIUM, CHROMEDRIVER = "/usr/bin/chromium", "/usr/bin/chromedriver"
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1400,900",
    "--lang=en",
)
PAGE_SECONDS = 20
#: More stops than any page has.
MOST_TABS = 400


class Browser:
    """A browser with an empty profile, looking at one site."""

    def __init__(self, url: str, profile: Path) -> None:
        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        # Everything that a page logs as an error is kept for `console_errors`.
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=Service(CHROMEDRIVER))
        self.driver.set_page_load_timeout(PAGE_SECONDS)
        self.url = url

    def close(self) -> None:
        self.driver.quit()

    def open(self, path: str) -> None:
        self.driver.get(self.url + path)

    def find(self, selector: str) -> WebElement:
        """The first element of a CSS selector, once it is there."""
        return WebDriverWait(self.driver, PAGE_SECONDS).until(
            lambda driver: driver.find_element(By.CSS_SELECTOR, selector)
        )

    def visible(self, selector: str) -> WebElement:
        """The element, once it is shown: scripts show some a moment after what calls for them."""
        shown = WebDriverWait(self.driver, PAGE_SECONDS).until(
            lambda _: [each for each in self.all(selector) if each.is_displayed()]
        )
        return shown[0]

    def all(self, selector: str) -> list[WebElement]:
        """The elements of a CSS selector that are there now."""
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def has(self, selector: str) -> bool:
        return bool(self.driver.find_elements(By.CSS_SELECTOR, selector))

    def texts(self, selector: str) -> list[str]:
        return [element.text for element in self.driver.find_elements(By.CSS_SELECTOR, selector)]

    def fill(self, selector: str, text: str) -> None:
        field = self.find(selector)
        field.clear()
        field.send_keys(text)

    def choose(self, selector: str, label: str) -> None:
        Select(self.find(selector)).select_by_visible_text(label)

    def click(self, selector: str) -> None:
        """Click what leads to another page, and wait until that is there."""
        page = self.find("html")
        self.visible(selector).click()
        WebDriverWait(self.driver, PAGE_SECONDS).until(lambda _: self.is_gone(page))
        self.find("body")

    def click_link(self, text: str) -> None:
        page = self.find("html")
        self.driver.find_element(By.LINK_TEXT, text).click()
        WebDriverWait(self.driver, PAGE_SECONDS).until(lambda _: self.is_gone(page))

    def click_partial_link(self, text: str) -> None:
        """Click the first link that has the text in it, and wait for its page."""
        page = self.find("html")
        self.driver.find_element(By.PARTIAL_LINK_TEXT, text).click()
        WebDriverWait(self.driver, PAGE_SECONDS).until(lambda _: self.is_gone(page))
        self.find("body")

    def wait_for_text(self, selector: str, text: str) -> None:
        """Wait until an element of the CSS selector says so, on whatever page that is."""

        def says(_: object) -> bool:
            try:
                return any(text in shown for shown in self.texts(selector))
            except StaleElementReferenceException:
                return False  # a new page took its place

        WebDriverWait(self.driver, PAGE_SECONDS).until(says)

    def wait_until(self, is_so: Callable[[], bool]) -> None:
        """Wait until scripts have done what makes it so."""
        WebDriverWait(self.driver, PAGE_SECONDS).until(lambda _: is_so())

    def press(self, keys: str) -> None:
        """Type where the focus is."""
        self.driver.switch_to.active_element.send_keys(keys)

    def press_to_leave(self, keys: str) -> None:
        """Press what leads to another page, and wait until that is there."""
        page = self.find("html")
        self.press(keys)
        WebDriverWait(self.driver, PAGE_SECONDS).until(lambda _: self.is_gone(page))
        self.find("body")

    def tab_to(self, selector: str) -> None:
        """Press Tab until the element has the focus; fails when it never gets it."""
        for _ in range(MOST_TABS):
            focused = self.driver.switch_to.active_element
            if self.driver.execute_script(
                "return arguments[0].matches(arguments[1])", focused, selector
            ):
                return
            focused.send_keys(Keys.TAB)
        raise AssertionError(f"No Tab leads to {selector}")

    def console_errors(self) -> list[str]:
        """What went wrong on the pages so far: scripts that failed, assets that are not there."""
        entries: list[dict[str, str]] = self.driver.execute("getLog", {"type": "browser"})["value"]
        return [entry["message"] for entry in entries if entry["level"] == "SEVERE"]

    @staticmethod
    def is_gone(page: WebElement) -> bool:
        try:
            page.is_enabled()
        except StaleElementReferenceException:
            return True
        return False
