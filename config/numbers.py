"""Whole numbers that a stranger writes: how long a text may be before anybody reads it as one."""

from __future__ import annotations

#: Digits of a number that fits into a column of 64 bits, whatever they are.
MOST_DIGITS = 18


def whole_number(text: str, *, digits: int = MOST_DIGITS) -> int | None:
    """The number that the text writes with up to so many ASCII digits; None for any other text.

    `int` alone takes signs, spaces, underscores and digits of other scripts, and refuses more than
    4300 digits by a ValueError of its own; what it takes may be more than the database does.
    """
    if text.isascii() and text.isdigit() and len(text) <= digits:
        return int(text)
    return None
