"""What XML can't hold, in cells of workbooks: `_xHHHH_` (ECMA-376 part 1, section 22.9.2.19)."""

from __future__ import annotations

import re

#: Control characters and what is no character; a carriage return, which XML reads as a line feed;
#: and an underscore that would look like the beginning of an escape.
_TO_ESCAPE = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
#: A surrogate is half a character: its escape is no text and stays as it stands.
_ESCAPED = re.compile("_x(?![Dd][89A-Fa-f])([0-9A-Fa-f]{4})_")


def escaped(text: str) -> str:
    """The text as a cell of a workbook has it."""
    return _TO_ESCAPE.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


def unescaped(text: str) -> str:
    """The text that a cell of a workbook stands for."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
