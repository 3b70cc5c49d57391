"""The pictures of the README: `make screenshots`. Sample data, a check, and three pages."""

from __future__ import annotations

import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image

from tests.e2e.browser import Browser
from tests.e2e.databases import EmbeddedDatabases, make_file
from tests.e2e.processes import REPOSITORY
from tests.e2e.stack import Stack

PASSWORD = "only for pictures"
WIDTH, HEIGHT = 1400, 1000
#: Pixels across; the rest is more than a README shows.
SHOWN_WIDTH = 1000
COLOURS = 256


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "template").mkdir()
        (folder / "stack").mkdir()
        databases = EmbeddedDatabases(make_file(folder / "template"))
        settings = {"DJANGO_SUPERUSER_PASSWORD": PASSWORD}
        stack = Stack("embedded", databases, folder / "stack", settings)
        try:
            _fill(stack)
            browser = Browser(stack.url, folder / "profile")
            try:
                _take(browser, stack)
            finally:
                browser.close()
        finally:
            stack.close()


def _fill(stack: Stack) -> None:
    for command in (
        ["collectstatic", "--noinput", "--verbosity", "0"],
        ["load_sample_data"],
        ["createsuperuser", "--noinput", "--username", "admin", "--email", "a@example.org"],
        ["check_expiry", "--job", "cron-001"],
    ):
        stack.manage(*command)
    stack.start_web()


def _take(browser: Browser, stack: Stack) -> None:
    browser.driver.set_window_size(WIDTH, HEIGHT)
    browser.open("/admin/")
    browser.fill("#id_username", "admin")
    browser.fill("#id_password", PASSWORD)
    browser.click("#login-form button")
    run = stack.shell(
        "from cron.models import ExpiryCheckRun as R; print(R.objects.latest('pk').pk)"
    )
    for picture, path in (
        ("home", "/admin/"),
        ("certifications", "/admin/certifications/certification/?window=90"),
        ("run", f"/admin/cron/expirycheckrun/{run}/change/"),
    ):
        browser.open(path)
        browser.visible("h1, h2, #result_list")
        _keep(browser.driver.get_screenshot_as_png(), REPOSITORY / "docs" / f"{picture}.png")


def _keep(png: bytes, path: Path) -> None:
    """Store the picture small: fewer pixels, and a palette."""
    image = Image.open(BytesIO(png)).convert("RGB")
    height = round(image.height * SHOWN_WIDTH / image.width)
    image = image.resize((SHOWN_WIDTH, height), Image.Resampling.LANCZOS)
    image.quantize(COLOURS).save(path, optimize=True)
    print(f"{path.relative_to(REPOSITORY)}: {path.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main()
