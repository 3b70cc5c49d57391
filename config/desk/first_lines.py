"""The first of many lines, for a page that lists what it is about."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _


def first_lines(shown: list[Any], most: int) -> list[Any]:
    """The first of the lines, which stand in lists within lists, and how many more there are."""
    left = most

    def cut(lines: list[Any]) -> list[Any]:
        nonlocal left
        kept: list[Any] = []
        for line in lines:
            if left <= 0:
                break
            if isinstance(line, list):
                kept.append(cut(line))
            else:
                kept.append(line)
                left -= 1
        return kept

    first = cut(shown)
    more = _count_lines(shown) - most
    return [*first, _("and %(more)d more") % {"more": more}] if more > 0 else shown


def _count_lines(lines: list[Any]) -> int:
    return sum(_count_lines(line) if isinstance(line, list) else 1 for line in lines)
