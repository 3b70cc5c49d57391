"""What whoever brings a file has to know of how it was read, though nothing is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

#: Names that a note quotes, and characters of each.
QUOTED, QUOTED_CHARACTERS = 10, 60

#: Filled while a file is read: it is complete once the last row was.
Notes = list[str]


class Quoted:
    """The first of many names, and how many there are: memory does not grow with them."""

    def __init__(self, names: Iterable[object] = ()) -> None:
        self._names: list[str] = []
        self.count = 0
        for name in names:
            self.add(name)

    def add(self, name: object) -> None:
        self.count += 1
        if len(self._names) < QUOTED:
            text = str(name)
            short = text if len(text) <= QUOTED_CHARACTERS else f"{text[:QUOTED_CHARACTERS]}…"
            self._names.append(short)

    def __bool__(self) -> bool:
        return self.count > 0

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __str__(self) -> str:
        """The names for a sentence."""
        shown = ", ".join(self._names)
        if self.count == len(self._names):
            return shown
        more = self.count - len(self._names)
        return _("%(names)s and %(more)d more") % {"names": shown, "more": more}
