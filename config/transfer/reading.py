"""Rows of a CSV or XLSX file, one after the other: memory does not grow with the file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from django.utils.translation import gettext as _

from config.import_export.cells import UnreadableCell, is_empty, read_error
from config.import_export.csv_rows import open_csv
from config.import_export.errors import UnreadableFile
from config.import_export.notes import Notes, Quoted
from config.import_export.xlsx import read_rows
from config.transfer.columns import Column, heading_key
from config.transfer.formulas import plain

#: Cells of a row that are looked at: more than any of our tables has columns.
MOST_CELLS = 200
#: Rows without anything in them.
MOST_BLANK_ROWS = 1_000_000

#: A row as it stands in the file: its number as spreadsheets show it, and its cells by column.
RawRow = tuple[int, dict[str, str]]


@contextmanager
def open_table(
    file: BinaryIO, name: str, columns: Sequence[Column], notes: Notes
) -> Iterator[Iterator[RawRow]]:
    """The rows of a file whose name ends in .csv or .xlsx, under a heading of `columns`.

    The heading names columns in any order, in capital or small letters, by their name or by what
    they are called in a language of ours. A cell may be an `UnreadableCell`. `notes` tell what its
    owner should know. Raises `UnreadableFile` for what is no such table: at once, or when the row
    is reached.
    """
    suffix = Path(name).suffix.lower()
    if suffix == ".xlsx":
        yield _rows(read_rows(file, most_cells=MOST_CELLS, notes=notes), columns)
    elif suffix == ".csv":
        with open_csv(file, notes) as lines:
            yield _rows(lines, columns)
    else:
        raise UnreadableFile(_("The name of the file has to end in .csv or .xlsx."))


def count_rows(file: BinaryIO, name: str) -> int | None:
    """About how many rows the file has, for a progress bar; None where only reading it would tell.

    Lines of a CSV file are counted as they are, cells with line breaks and all.
    """
    if not name.lower().endswith(".csv"):
        return None
    lines = sum(piece.count(b"\n") for piece in iter(lambda: file.read(1 << 20), b""))
    return max(lines - 1, 0)


def _rows(lines: Iterator[tuple[int, list[str]]], columns: Sequence[Column]) -> Iterator[RawRow]:
    used = _without_blank(lines)
    heading = next(used, None)
    if heading is None:
        raise UnreadableFile(_("The file is empty."))
    names = _columns_of(heading[1], columns)
    for number, cells in used:
        if any(not is_empty(cell) for cell in cells[len(names) :]):
            text = _("Row %(row)d has more cells than the heading.")
            raise UnreadableFile(text % {"row": number})
        padded = [*cells, *[""] * (len(names) - len(cells))]
        yield number, dict(zip(names, map(_taken, padded), strict=False))


def _without_blank(lines: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    blank = 0
    for number, cells in lines:
        if all(map(is_empty, cells)):
            blank += 1
            if blank > MOST_BLANK_ROWS:
                text = _("The file has more than %(most)d empty rows.")
                raise UnreadableFile(text % {"most": MOST_BLANK_ROWS})
            continue
        yield number, cells


def _taken(cell: str) -> str:
    cell = read_error(cell)
    return cell if isinstance(cell, UnreadableCell) else plain(cell)


def _columns_of(heading: list[str], columns: Sequence[Column]) -> list[str]:
    """The names of the columns in the order of the heading.

    `UnreadableFile` for a heading that lacks a column, has an unknown one, or one twice.
    """
    known = {key: column.name for column in columns for key in column.heading_keys()}
    cells = [cell.strip() for cell in heading]
    while cells and not cells[-1]:
        cells.pop()
    names = [known.get(heading_key(cell), "") for cell in cells]
    counted = Counter(name for name in names if name)
    faults = []
    if missing := [
        column.name for column in columns if column.required and column.name not in counted
    ]:
        faults.append(_("lacks %(columns)s") % {"columns": Quoted(missing)})
    if unknown := [
        cell or _("(empty)") for cell, name in zip(cells, names, strict=True) if not name
    ]:
        faults.append(_("has the unknown %(columns)s") % {"columns": Quoted(unknown)})
    if doubled := sorted(name for name, count in counted.items() if count > 1):
        faults.append(_("has %(columns)s twice") % {"columns": Quoted(doubled)})
    if faults:
        told = _("; it ").join(faults)
        raise UnreadableFile(_("The heading %(faults)s.") % {"faults": told})
    return names
