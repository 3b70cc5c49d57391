"""Templates of ours that stand for the theme's own, held to the version they were made from."""

from __future__ import annotations

import hashlib
from pathlib import Path

import unfold

from tests.texts import ROOT

THEME = Path(unfold.__file__).parent / "templates"
#: The theme's file when ours was made from it. Where it changed, ours has to follow: read both,
#: take over what is new, and set the new digest.
MADE_FROM = {
    "admin/base.html": "2ce9250b3c649e3a",  # pragma: allowlist secret
    "admin/change_list.html": "5885c39760f6085d",  # pragma: allowlist secret
    "admin/login.html": "13deb7765ce36659",  # pragma: allowlist secret
    "unfold/layouts/unauthenticated.html": "768501529f1a8dae",  # pragma: allowlist secret
    "unfold/helpers/welcomemsg.html": "e8eab02522ba2319",  # pragma: allowlist secret
    "unfold/helpers/edit_inline/inline_links.html": "62b2af36e0f42f1f",  # pragma: allowlist secret
}


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:16]


def test_every_template_that_stands_for_the_themes_own_is_known() -> None:
    ours = ROOT / "config" / "templates"
    names = {file.relative_to(ours).as_posix() for file in ours.rglob("*.html")}

    assert {name for name in names if (THEME / name).exists()} == set(MADE_FROM)


def test_the_theme_has_not_changed_what_ours_were_made_from() -> None:
    changed = {name for name, made_from in MADE_FROM.items() if digest(THEME / name) != made_from}

    assert changed == set()
