"""Cells that a spreadsheet would take for formulas (OWASP: CSV injection)."""

from __future__ import annotations

#: What a formula, or what some spreadsheets take for one, begins with.
STARTS = ("=", "+", "-", "@", "\t", "\r")
MARK = "'"


def neutral(text: str) -> str:
    """The text so that a spreadsheet shows it and computes nothing."""
    return MARK + text if text.startswith((*STARTS, MARK)) else text


def plain(text: str) -> str:
    """The text that `neutral` was given."""
    if text.startswith(MARK) and text[1:].startswith((*STARTS, MARK)):
        return text[1:]
    return text
