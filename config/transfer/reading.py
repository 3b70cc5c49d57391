"""Rows of a CSV or XLSX file, one after the other: memory does not grow with the file."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from openpyxl import load_workbook

from config.errors import InvalidError
from config.transfer.columns import Column
from config.transfer.escapes import unescaped
from config.transfer.formulas import plain

#: Bytes that a workbook may unpack to: a small file can hide a huge one.
MOST_UNPACKED = 1_000_000_000

#: A row as it stands in the file: its number as its reader sees it, and its cells by column.
RawRow = tuple[int, dict[str, str]]


class UnreadableFile(InvalidError):
    """The file as a whole can't be taken: the text says why."""

    code = "unreadable-file"
    title = "The file can't be read"

    def __init__(self, detail: str) -> None:
        super().__init__()
        self.detail = detail
        self.args = (detail,)


@contextmanager
def open_table(file: BinaryIO, name: str, columns: Sequence[Column]) -> Iterator[Iterator[RawRow]]:
    """The rows of a file whose name ends in .csv or .xlsx, under a heading of `columns`.

    Raises `UnreadableFile` for what is no such table: at once, or when the row is reached.
    """
    suffix = Path(name).suffix.lower()
    if suffix == ".xlsx":
        yield _rows(_xlsx_lines(file), columns)
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
    for number, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(names) and any(cell.strip() for cell in cells[len(names) :]):
            raise UnreadableFile(f"Row {number} has more cells than the heading.")
        padded = [*cells, *[""] * (len(names) - len(cells))]
        yield number, {name: plain(cell) for name, cell in zip(names, padded, strict=False)}


def _check_heading(names: list[str], columns: Sequence[Column]) -> None:
    """Refuse a heading that lacks a column, has an unknown one, or one twice."""
    known = {column.name for column in columns}
    faults = []
    if missing := [
        column.name for column in columns if column.required and column.name not in names
    ]:
        faults.append(f"lacks {', '.join(missing)}")
    if unknown := [name or "(empty)" for name in names if name not in known]:
        faults.append(f"has the unknown {', '.join(unknown)}")
    if doubled := sorted({name for name in names if names.count(name) > 1}):
        faults.append(f"has {', '.join(doubled)} twice")
    if faults:
        raise UnreadableFile(f"The heading {'; it '.join(faults)}.")


def _csv_lines(text: TextIO) -> Iterator[tuple[int, list[str]]]:
    try:
        first = text.readline()
        text.seek(0)
        # Spreadsheets in many countries write semicolons, as commas stand in their numbers.
        separator = ";" if first.count(";") > first.count(",") else ","
        reader = csv.reader(text, delimiter=separator, strict=True)
        for cells in reader:
            yield reader.line_num, cells
    except UnicodeDecodeError as error:
        raise UnreadableFile("The file is not text in UTF-8.") from error
    except csv.Error as error:
        raise UnreadableFile(f"The file is no CSV: {error}.") from error


def _xlsx_lines(file: BinaryIO) -> Iterator[tuple[int, list[str]]]:
    try:
        yield from _sheet_lines(file)
    except UnreadableFile:
        raise
    except Exception as error:
        # A damaged workbook has its reader fail by whatever its parsers of ZIP, XML, numbers and
        # dates raise, when it is opened or rows later.
        raise UnreadableFile("The file is no workbook.") from error


def _sheet_lines(file: BinaryIO) -> Iterator[tuple[int, list[str]]]:
    with zipfile.ZipFile(file) as archive:
        if sum(part.file_size for part in archive.infolist()) > MOST_UNPACKED:
            raise UnreadableFile("The workbook is too large.")
    file.seek(0)
    workbook = load_workbook(file, read_only=True, data_only=True)
    sheet = workbook.worksheets[0]
    for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
        yield number, [_text(cell) for cell in cells]
    workbook.close()


def _text(cell: Any) -> str:
    """A cell of a workbook as it would stand in CSV."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return unescaped(str(cell))
