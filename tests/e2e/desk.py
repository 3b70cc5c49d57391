"""An installation whose admin a browser looks at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.browser import Browser
from tests.e2e.databases import Databases
from tests.e2e.stack import Stack
from tests.faults.customer import IMPATIENT

PASSWORD = "correct horse battery"  # pragma: allowlist secret


@contextmanager
def desk_stack(backend: str, databases: Databases, folder: Path) -> Iterator[Stack]:
    """Sample data, the superuser `admin`, and a web server that is up."""
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
        yield stack
    finally:
        stack.close()


def log_in(browser: Browser, name: str) -> None:
    browser.open("/admin/")
    browser.fill("#id_username", name)
    browser.fill("#id_password", PASSWORD)
    browser.click("#login-form button")
    assert browser.has("#logout-form"), browser.texts("body")


@contextmanager
def logged_in_browser(stack: Stack, profile: Path) -> Iterator[Browser]:
    """A browser in which `admin` is logged in."""
    browser = Browser(stack.url, profile)
    try:
        log_in(browser, "admin")
        yield browser
    finally:
        browser.close()
