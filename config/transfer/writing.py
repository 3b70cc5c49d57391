"""Tables as files, a row at a time: memory does not grow with the table."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from openpyxl import Workbook

from config.transfer.columns import Column
from config.transfer.escapes import escaped
from config.transfer.formulas import neutral

#: Bytes of a file that are handed on at a time.
PIECE = 64 * 1024
CSV, XLSX = "csv", "xlsx"
MEDIA_TYPES = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def table_file(
    columns: Sequence[Column], rows: Iterable[Mapping[str, Any]], form: str
) -> Iterator[bytes]:
    """The pieces of a CSV or XLSX file with these rows, formulas neutralised.

    CSV begins with a byte order mark, by which spreadsheets know it for UTF-8.
    """
    cells = ([neutral(column.write(row[column.name])) for column in columns] for row in rows)
    heading = [column.name for column in columns]
    return _csv(heading, cells) if form == CSV else _xlsx(heading, cells)


def example(columns: Sequence[Column], form: str) -> Iterator[bytes]:
    """A file to fill in: the heading and one row that shows how cells are written."""
    cells = iter([[column.example for column in columns]])
    heading = [column.name for column in columns]
    return _csv(heading, cells) if form == CSV else _xlsx(heading, cells)


def _csv(heading: list[str], lines: Iterator[list[str]]) -> Iterator[bytes]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    yield b"\xef\xbb\xbf"
    writer.writerow(heading)
    for cells in lines:
        writer.writerow(cells)
        if buffer.tell() > PIECE:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def _xlsx(heading: list[str], lines: Iterator[list[str]]) -> Iterator[bytes]:
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet()
    sheet.append(heading)
    for cells in lines:
        sheet.append([escaped(cell) for cell in cells])
    with tempfile.TemporaryFile() as file:
        workbook.save(file)
        file.seek(0)
        while piece := file.read(PIECE):
            yield piece
