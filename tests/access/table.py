"""Tables of who gets what, kept as text beside the tests, and the routes of the URLconf."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RegexPattern

Row = tuple[str, str]


def read_table(path: Path) -> tuple[list[str], dict[Row, list[str]]]:
    """The names of the callers, and for each (method, route) what each of them gets."""
    lines = [line.split() for line in path.read_text().splitlines() if line and line[0] != "#"]
    (_, _, *callers), *rows = lines
    return callers, {(method, route): outcomes for method, route, *outcomes in rows}


def routes(prefix: str = "", patterns: Any = None) -> Iterator[tuple[str, URLPattern]]:
    """Every route of the URLconf below `prefix`, with its pattern."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = prefix + _text_of(pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(route, pattern.url_patterns)
        else:
            yield route, pattern


def _text_of(pattern: URLPattern | URLResolver) -> str:
    """The pattern as a path with names in angle brackets, as most are written to begin with."""
    text = str(pattern.pattern)
    if isinstance(pattern.pattern, RegexPattern):
        named = re.sub(r"\(\?P(<\w+>)[^)]*\)", r"\1", text.strip("^$"))
        return re.sub(r"\([^)]*\)", "<>", named)
    return text
