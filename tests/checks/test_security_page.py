"""`docs/security.md` names tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text()
NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


def test_every_test_that_the_page_names_is_there() -> None:
    named = NAMED.findall(PAGE)
    missing = [
        f"{path}::{name}"
        for path, name in named
        if not (ROOT / path).is_file() or (name and f"def {name}(" not in (ROOT / path).read_text())
    ]

    assert len(named) > 60
    assert missing == []


def test_every_row_names_a_test_or_says_who_sees_to_it() -> None:
    rows = [line for line in PAGE.splitlines() if re.match(r"\| \d", line)]
    unsupported = [
        row
        for row in rows
        if not NAMED.search(row) and not re.search("operator|Not met", row, re.I)
    ]

    assert len(rows) > 70
    assert unsupported == []
