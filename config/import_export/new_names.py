"""What a table names that nobody knows yet, and what was maybe meant by it."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from config.transfer.seen import SeenKeys

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

#: New names that are told; the rest is counted.
MOST_TOLD = 100
#: How much of a name has to be alike, from 0 to 1 (`difflib.SequenceMatcher.ratio`).
ALIKE = 0.7
#: Known names that one is compared with.
MOST_CANDIDATES = 2_000
IDENTIFIER_CHARACTERS = string.ascii_letters + string.digits + "._~-"


class NewName(NamedTuple):
    """A name that would be registered, its first row, and the known one that is most like it."""

    kind: str
    name: str
    row: int
    closest: str


class NewNames:
    """Collects them while a table is checked, on disk but for those that are told."""

    def __init__(self) -> None:
        self._seen = SeenKeys()
        self._told: list[NewName] = []
        self.count = 0

    def add(
        self,
        kind: StrPromise | str,
        names: Sequence[tuple[str, int]],
        candidates: Callable[[str], Iterable[str]],
    ) -> None:
        """Take names of that kind, each with its row; those that came before are passed over.

        `candidates` gives known names that a new one may stand for.
        """
        if not names:
            return
        before = self._seen.doubled((f"{kind}\0{name}", row) for name, row in names)
        fresh = [(name, row) for name, row in names if row not in before]
        self.count += len(fresh)
        for name, row in fresh[: MOST_TOLD - len(self._told)]:
            known = closest(name, candidates(name))
            self._told.append(NewName(str(kind), name, row, known))

    def told(self) -> list[NewName]:
        """The first of them."""
        return self._told


def closest(name: str, known: Iterable[str]) -> str:
    """The known name that is most like this one, whatever their case; empty where none is."""
    by_folded = {each.casefold(): each for each in islice(known, MOST_CANDIDATES)}
    found = get_close_matches(name.casefold(), by_folded, n=1, cutoff=ALIKE)
    return by_folded[found[0]] if found else ""


def near_identifiers(name: str) -> set[str]:
    """The identifiers that one slip makes of `name`, and `name` in small and in capital letters.

    A slip is a character too many, too few or another, or two in the wrong order. To look these up
    by key is quick, however many identifiers there are.
    """
    near = {name.lower(), name.upper()}
    for position in range(len(name) + 1):
        head, tail = name[:position], name[position:]
        if tail:
            near.add(head + tail[1:])
            near.update(head + char + tail[1:] for char in IDENTIFIER_CHARACTERS)
        if len(tail) > 1:
            near.add(head + tail[1] + tail[0] + tail[2:])
        near.update(head + char + tail for char in IDENTIFIER_CHARACTERS)
    return near
