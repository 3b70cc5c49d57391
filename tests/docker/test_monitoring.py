"""The alert rules and the dashboard: every figure that they name is one that `/metrics` answers."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from rest_framework.test import APIClient

from tests.config.test_metrics import read

DOCKER = Path(__file__).resolve().parents[2] / "docker"
NAME = re.compile(r"\bcertkeep_\w+")
#: Labels that are compared in a selector: certkeep_…{label="value"}.
SELECTOR = re.compile(r"(certkeep_\w+)\{([^}]*)\}")


def alerts() -> list[dict[str, Any]]:
    groups = yaml.safe_load((DOCKER / "alerts.yaml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def dashboard() -> dict[str, Any]:
    board: dict[str, Any] = json.loads((DOCKER / "dashboard.json").read_text())
    return board


def expressions() -> list[str]:
    shown = [target["expr"] for panel in dashboard()["panels"] for target in panel["targets"]]
    return [rule["expr"] for rule in alerts()] + shown


@pytest.mark.django_db
def test_every_figure_and_label_that_is_named_exists(api: APIClient) -> None:
    api.get("/livez")
    text = api.get("/metrics").content.decode()
    names = {name for name, _ in read(api)}
    # A figure without a value at the moment is known by its description.
    names |= set(re.findall(r"^# TYPE (\w+)", text, re.MULTILINE))

    named = {name for expression in expressions() for name in NAME.findall(expression)}

    assert len(named) > 10
    assert named <= names
    labels: dict[str, set[str]] = {}
    for name, pairs in read(api):
        labels.setdefault(name, set()).update(label for label, _ in pairs)
    for expression in expressions():
        for name, selector in SELECTOR.findall(expression):
            assert set(re.findall(r"(\w+)[=!]~?\"", selector)) <= labels[name]


def test_every_alert_says_how_grave_it_is_and_what_is_wrong() -> None:
    for rule in alerts():
        assert rule["labels"]["severity"] in {"critical", "warning", "info"}, rule
        assert rule["annotations"]["summary"], rule
    names = [rule["alert"] for rule in alerts()]
    assert len(names) == len(set(names))


def test_expressions_close_what_they_open() -> None:
    for expression in expressions():
        for opening, closing in ("()", "{}", "[]"):
            assert expression.count(opening) == expression.count(closing), expression


def test_panels_do_not_cover_each_other() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in dashboard()["panels"]:
        place = panel["gridPos"]
        cells = {
            (place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])
        }
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells
