"""Rows of a CSV or XLSX file, one after the other: memory does not grow with the file."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO

from config.import_export.errors import UnreadableFile
from config.import_export.xlsx import read_rows
from config.transfer.columns import Column
from config.transfer.formulas import plain

#: Cells of a row that are looked at: more than any of our tables has columns.
MOST_CELLS = 200
#: Characters of a CSV row; a cell may have 131,072 (`csv.field_size_limit`).
MOST_ROW_CHARACTERS = 200_000
#: Rows without anything in them.
MOST_BLANK_ROWS = 1_000_000
#: Names, and characters of each, that a complaint about the heading quotes.
QUOTED_NAMES, QUOTED_CHARACTERS = 10, 60

#: A row as it stands in the file: its number as its reader sees it, and its cells by column.
RawRow = tuple[int, dict[str, str]]


@contextmanager
def open_table(file: BinaryIO, name: str, columns: Sequence[Column]) -> Iterator[Iterator[RawRow]]:
    """The rows of a file whose name ends in .csv or .xlsx, under a heading of `columns`.

    Raises `UnreadableFile` for what is no such table: at once, or when the row is reached.
    """
    suffix = Path(name).suffix.lower()
    if suffix == ".xlsx":
        yield _rows(read_rows(file, most_cells=MOST_CELLS), columns)
    elif suffix == ".csv":
        text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
        try:
            yield _rows(_csv_lines(text), columns)
        finally:
            text.detach()  # whoever opened the file closes it
    else:
        raise UnreadableFile("The name of the file has to end in .csv or .xlsx.")


def count_rows(file: BinaryIO, name: str) -> int | None:
    """About how many rows the file has, for a progress bar; None where only reading it would tell.

    Lines of a CSV file are counted as they are, cells with line breaks and all.
    """
    if not name.lower().endswith(".csv"):
        return None
    lines = sum(piece.count(b"\n") for piece in iter(lambda: file.read(1 << 20), b""))
    return max(lines - 1, 0)


def _rows(lines: Iterator[tuple[int, list[str]]], columns: Sequence[Column]) -> Iterator[RawRow]:
    heading = next(lines, None)
    if heading is None:
        raise UnreadableFile("The file is empty.")
    names = [name.strip() for name in heading[1]]
    while names and not names[-1]:
        names.pop()
    _check_heading(names, columns)
    blank = 0
    for number, cells in lines:
        if not any(cell.strip() for cell in cells):
            blank += 1
            if blank > MOST_BLANK_ROWS:
                raise UnreadableFile(f"The file has more than {MOST_BLANK_ROWS} empty rows.")
            continue
        if len(cells) > len(names) and any(cell.strip() for cell in cells[len(names) :]):
            raise UnreadableFile(f"Row {number} has more cells than the heading.")
        padded = [*cells, *[""] * (len(names) - len(cells))]
        yield number, {name: plain(cell) for name, cell in zip(names, padded, strict=False)}


def _check_heading(names: list[str], columns: Sequence[Column]) -> None:
    """Refuse a heading that lacks a column, has an unknown one, or one twice."""
    known = {column.name for column in columns}
    counted = Counter(names)
    faults = []
    if missing := [
        column.name for column in columns if column.required and column.name not in counted
    ]:
        faults.append(f"lacks {', '.join(missing)}")
    if unknown := [name or "(empty)" for name in names if name not in known]:
        faults.append(f"has the unknown {_quoted(unknown)}")
    if doubled := sorted(name for name, count in counted.items() if count > 1):
        faults.append(f"has {_quoted(doubled)} twice")
    if faults:
        raise UnreadableFile(f"The heading {'; it '.join(faults)}.")


def _quoted(names: list[str]) -> str:
    """The names for a sentence; of many the first ones."""
    quoted = [
        name if len(name) <= QUOTED_CHARACTERS else f"{name[:QUOTED_CHARACTERS]}…"
        for name in names[:QUOTED_NAMES]
    ]
    more = len(names) - len(quoted)
    return ", ".join(quoted) + (f" and {more} more" if more else "")


def _csv_lines(text: TextIO) -> Iterator[tuple[int, list[str]]]:
    try:
        first = text.readline(MOST_ROW_CHARACTERS)
        text.seek(0)
        # Spreadsheets in many countries write semicolons, as commas stand in their numbers.
        separator = ";" if first.count(";") > first.count(",") else ","
        lines = _BoundedLines(text)
        reader = csv.reader(lines, delimiter=separator, strict=True)
        for cells in reader:
            lines.of_row = 0
            yield reader.line_num, cells
    except UnicodeDecodeError as error:
        raise UnreadableFile("The file is not text in UTF-8.") from error
    except csv.Error as error:
        raise UnreadableFile(f"The file is no CSV: {error}.") from error


class _BoundedLines:
    """The lines of a text, of which those of one row may not be too long together."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        #: Characters that were handed out since the last row.
        self.of_row = 0

    def __iter__(self) -> _BoundedLines:
        return self

    def __next__(self) -> str:
        line = self._text.readline(MOST_ROW_CHARACTERS + 1)
        if not line:
            raise StopIteration
        self.of_row += len(line)
        if self.of_row > MOST_ROW_CHARACTERS:
            raise UnreadableFile(f"A row has more than {MOST_ROW_CHARACTERS} characters.")
        return line
