"""What SQLite lacks beside PostgreSQL."""

from __future__ import annotations

import functools
import re
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created


def teach_letters() -> None:
    """Have every connection to SQLite compare letters beyond ASCII whatever their case.

    Its own LIKE takes `Å` and `å` for different, which PostgreSQL's lookups do not.
    """
    connection_created.connect(_add_like)


def _add_like(connection: BaseDatabaseWrapper, **_: Any) -> None:
    if connection.vendor == "sqlite":
        # The parts of the expression `text LIKE pattern ESCAPE escape`.
        connection.connection.create_function("like", 3, _like, deterministic=True)


def _like(pattern: str | None, text: str | None, escape: str) -> bool | None:
    if pattern is None or text is None:
        return None
    return _compiled(str(pattern), escape).fullmatch(str(text)) is not None


@functools.lru_cache(maxsize=64)
def _compiled(pattern: str, escape: str) -> re.Pattern[str]:
    wildcards = {"%": ".*", "_": "."}
    parts = []
    characters = iter(pattern)
    for char in characters:
        if char == escape:
            parts.append(re.escape(next(characters, "")))
        else:
            parts.append(wildcards.get(char) or re.escape(char))
    return re.compile("".join(parts), re.IGNORECASE | re.DOTALL)
