"""What keeps people from using a page: found in a browser, in every theme and width."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import selenium_axe_python

from tests.e2e.browser import Browser

AXE = (Path(selenium_axe_python.__file__).parent / "axe-core" / "axe.min.js").read_text()
WIDTHS = (1440, 390)
HEIGHT = 900
THEMES = ("light", "dark")
GRAVE = ("serious", "critical")
#: Of the landmarks' rules, which axe itself calls moderate, these are demanded too.
DEMANDED = ("landmark-one-main", "skip-link", "bypass", "region")

#: The theme is a class of the page. Colours that fade would be measured half way.
SET_THEME = """
document.documentElement.classList.toggle("dark", arguments[0] === "dark");
if (!window.settled) {
    window.settled = new CSSStyleSheet();
    window.settled.replaceSync("*, *::before, *::after {transition: none !important}");
    document.adoptedStyleSheets = [window.settled];
}
"""
#: The rows of a list are alike: the first ones are looked at. So is the menu of all pages, which is
#: looked at on the home page.
RUN_AXE = """
const done = arguments[arguments.length - 1];
const options = {
    resultTypes: ["violations"], reporter: "v1", iframes: false,
    rules: {"label-content-name-mismatch": {enabled: true}},
};
if (arguments[0]) {
    delete options.rules;
    options.runOnly = {type: "rule", values: ["color-contrast"]};
}
const more = ["#result_list tbody tr:nth-of-type(n+6)", "#result_list tbody:nth-of-type(n+6)"];
if (location.pathname !== "/admin/") {
    more.push("#nav-sidebar");
}
const told = ({id, impact, nodes}) => ({id, impact, nodes: nodes.slice(0, 4).map(
    ({html, failureSummary}) => `${html.slice(0, 200)} :: ${failureSummary}`)});
axe.run({include: [["html"]], exclude: more.map((each) => [each])}, options).then(
    (results) => done(results.violations.map(told)));
"""
TOO_WIDE = """
const page = document.scrollingElement;
if (page.scrollWidth <= window.innerWidth) {
    return "";
}
const wide = [...document.body.querySelectorAll("*")].filter(
    (each) => each.getBoundingClientRect().right > window.innerWidth + 1);
const last = wide.slice(-3).map((each) => each.outerHTML.slice(0, 120));
return `${page.scrollWidth} pixels, by ${last}`;
"""
#: Where the first Tab leads, and whether that leads to the page's own content.
SKIPS = """
const first = [...document.querySelectorAll("a[href], button, input, select, textarea")].find(
    (each) => each.tabIndex >= 0 && each.type !== "hidden");
const goal = first && first.hash ? document.getElementById(first.hash.slice(1)) : null;
return !!goal && !!goal.closest("main");
"""


def barriers(browser: Browser, path: str) -> Iterator[str]:
    """Whatever is wrong with the page, a line each; the page is loaded once."""
    resize(browser, WIDTHS[0])
    browser.open(path)
    load_axe(browser)
    yield from barriers_here(browser, path)


def barriers_here(browser: Browser, name: str) -> Iterator[str]:
    """What is wrong with the page that is open, into which axe is loaded."""
    if not browser.driver.execute_script(SKIPS):
        yield f"{name}: no link at its head skips to its content"
    for width in WIDTHS:
        resize(browser, width)
        if wide := browser.driver.execute_script(TOO_WIDE):
            yield f"{name} at {width}: {wide}"
        for theme in THEMES:
            browser.driver.execute_script(SET_THEME, theme)
            # A theme changes nothing but colours.
            found: list[dict[str, Any]] = browser.driver.execute_async_script(
                RUN_AXE, theme != THEMES[0]
            )
            for each in found:
                if each["impact"] in GRAVE or each["id"] in DEMANDED:
                    nodes = "\n    ".join(each["nodes"])
                    yield f"{name} at {width}, {theme}: {each['id']}\n    {nodes}"
    yield from (f"{name}: {error}" for error in browser.console_errors())


def load_axe(browser: Browser) -> None:
    """Give the page that is open what `barriers_here` needs."""
    browser.driver.execute_script(AXE)


def resize(browser: Browser, width: int) -> None:
    """Show pages as a screen of that many pixels does."""
    size = {"width": width, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": False}
    browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
