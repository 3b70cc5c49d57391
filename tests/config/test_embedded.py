"""What the embedded default keeps is for its owner alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.embedded import keep_private


@pytest.fixture(autouse=True)
def _as_shells_have_it() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o7777


def test_the_folder_and_what_is_made_in_it_are_the_owners(tmp_path: Path) -> None:
    var = tmp_path / "there" / "var"

    keep_private(var)
    (var / "mail").mkdir()
    (var / "mail" / "a.eml").touch()

    assert [mode(path) for path in (var, var / "mail", var / "mail" / "a.eml")] == [
        0o700,
        0o700,
        0o600,
    ]


def test_what_was_open_before_is_closed_and_goes_on_to_work(tmp_path: Path) -> None:
    var, elsewhere = tmp_path / "var", tmp_path / "elsewhere"
    (var / "broker" / "queue").mkdir(parents=True)
    elsewhere.touch()
    (var / "link").symlink_to(elsewhere)
    (var / "certkeep.sqlite3").touch()
    (var / "tool").touch(mode=0o755)

    keep_private(var)

    assert mode(var) == mode(var / "broker") == mode(var / "broker" / "queue") == 0o700
    assert mode(var / "certkeep.sqlite3") == 0o600
    assert mode(var / "tool") == 0o700
    assert mode(elsewhere) == 0o644  # not ours to close


def test_a_folder_that_is_meant_for_all_stays_so(tmp_path: Path) -> None:
    shared = tmp_path / "tmp"
    shared.mkdir()
    shared.chmod(0o1777)
    (shared / "of-others").touch(mode=0o644)

    keep_private(shared)

    assert mode(shared) == 0o1777
    assert mode(shared / "of-others") == 0o644
