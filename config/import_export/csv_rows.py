"""Rows of a CSV file, as spreadsheet programs of many countries write them.

1. The encoding is what a byte order mark says; else UTF-16 where every other byte is NUL; else
   UTF-8 where the whole file is; else Windows-1252, which is told.
2. A first line `sep=;` says the separator and is no row. Else it is whichever of comma, semicolon
   and tab stands most often in the heading, outside of quotes.
3. Rows are numbered as spreadsheets show them: by records, blank ones too, not by lines.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from django.utils.translation import gettext as _

from config.import_export.errors import UnreadableFile
from config.import_export.notes import Notes

#: Characters of a row; a cell may have 131,072 (`csv.field_size_limit`).
MOST_ROW_CHARACTERS = 200_000
#: Bytes that are looked at at a time.
CHUNK = 1 << 20
BYTE_ORDER_MARK = "\ufeff"
SEPARATORS = ",;\t"
#: What Excel reads as the separator of the rest of the file.
_SEPARATOR_LINE = re.compile(r'"?sep=(?P<separator>[,;\t|])"?[\r\n]*', re.IGNORECASE)
#: A byte that is no UTF-8, as `surrogateescape` decodes it.
_NOT_UTF8 = re.compile("[\udc80-\udcff]")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_QUOTED = re.compile(r'"[^"]*"?')


@contextmanager
def open_csv(file: BinaryIO, notes: Notes) -> Iterator[Iterator[tuple[int, list[str]]]]:
    """The rows with their numbers, the first is 1. The file is left open, wherever reading ended.

    Raises `UnreadableFile` for what is no such text: at once, or when the row is reached.
    """
    text = io.TextIOWrapper(file, encoding=_encoding_of(file, notes), newline="")
    try:
        yield _rows(text)
    finally:
        text.detach()


def _rows(text: io.TextIOWrapper) -> Iterator[tuple[int, list[str]]]:
    lines = _Lines(text)
    try:
        separator = lines.take_separator()
        for number, cells in enumerate(csv.reader(lines, delimiter=separator, strict=True), 1):
            lines.begin_row()
            yield number, cells
    except UnicodeDecodeError as error:
        raise UnreadableFile(_("The file is not text in UTF-8.")) from error
    except csv.Error as error:
        raise UnreadableFile(_("The file is no CSV: %(error)s.") % {"error": error}) from error


class _Lines:
    """The lines of a text, of which those of one row may not be too long together."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self._characters_of_row = 0
        self._next: str | None = None

    def begin_row(self) -> None:
        """What comes now is another row's."""
        self._characters_of_row = 0

    def take_separator(self) -> str:
        """The separator of cells. A line that tells it is passed over."""
        first = next(self, "").lstrip(BYTE_ORDER_MARK)
        self.begin_row()
        if told := _SEPARATOR_LINE.fullmatch(first):
            return told["separator"]
        self._next = first
        heading = _QUOTED.sub("", first)
        return max(SEPARATORS, key=heading.count)

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line, self._next = self._next, None
        if line is None:
            line = self._text.readline(MOST_ROW_CHARACTERS + 1)
        if not line:
            raise StopIteration
        self._characters_of_row += len(line)
        if self._characters_of_row > MOST_ROW_CHARACTERS:
            most = {"most": MOST_ROW_CHARACTERS}
            raise UnreadableFile(_("A row has more than %(most)d characters.") % most)
        return line


def _encoding_of(file: BinaryIO, notes: Notes) -> str:
    """The name of the codec; see the top of this file."""
    start = file.read(4)
    file.seek(0)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if start[1::2] == b"\0\0":
        return "utf-16-le"
    if start[::2] == b"\0\0":
        return "utf-16-be"
    has_letters, has_others = _utf8_letters(file)
    file.seek(0)
    if not has_others:
        return "utf-8"
    if has_letters:
        # One damaged letter would otherwise spoil all the others.
        raise UnreadableFile(
            _("Some letters of the file are in UTF-8 and some are not. Save it as CSV in UTF-8.")
        )
    notes.append(
        _(
            "The file is not in UTF-8. It was read as Windows-1252: see that letters such as æ, ø "
            "and å are right, or save it as CSV in UTF-8."
        )
    )
    return "cp1252"


def _utf8_letters(file: BinaryIO) -> tuple[bool, bool]:
    """Whether there are letters beyond ASCII in UTF-8, and whether there are bytes that are not."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="surrogateescape")
    has_letters = has_others = False
    while not (has_letters and has_others):
        chunk = file.read(CHUNK)
        text = decoder.decode(chunk, final=not chunk)
        if not text.isascii():
            others = len(_NOT_UTF8.findall(text))
            has_others = has_others or others > 0
            has_letters = has_letters or others < len(_BEYOND_ASCII.findall(text))
        if not chunk:
            break
    return has_letters, has_others
