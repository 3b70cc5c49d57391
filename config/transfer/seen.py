"""The keys of a file that have come by, on disk: a million of them need no memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from types import TracebackType
from typing import Self


class SeenKeys:
    """Finds keys that stand twice in a file."""

    def __init__(self) -> None:
        # A database without a name lies in a temporary file of its own, gone when it is closed.
        self._database = sqlite3.connect("", check_same_thread=False)
        self._database.execute(
            "CREATE TABLE seen (key TEXT PRIMARY KEY, row INTEGER) WITHOUT ROWID"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._database.close()

    def doubled(self, keys: Iterable[tuple[str, int]]) -> dict[int, int]:
        """Of (key, row number) pairs, the rows whose key came before, with that row's number."""
        pairs = list(keys)
        add = "INSERT INTO seen VALUES (?, ?) ON CONFLICT DO NOTHING"
        before = self._count()
        self._database.executemany(add, pairs)
        if self._count() - before == len(pairs):
            return {}
        find = "SELECT row FROM seen WHERE key = ?"
        first = {row: self._database.execute(find, (key,)).fetchone()[0] for key, row in pairs}
        return {row: earlier for row, earlier in first.items() if earlier != row}

    def _count(self) -> int:
        return self._database.total_changes
