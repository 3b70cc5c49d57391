"""The rows of a sheet, and what their cells say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from openpyxl.utils import column_index_from_string
from openpyxl.utils.datetime import from_excel, from_ISO8601

from config.import_export.errors import UnreadableFile
from config.import_export.xlsx.package import Part
from config.import_export.xlsx.strings import SharedStrings
from config.import_export.xlsx.styles import DateStyles, Shows
from config.import_export.xlsx.xml import Attributes, XmlReader
from config.transfer.escapes import unescaped

#: What a sheet can have (Excel specifications and limits).
MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384
DIGITS = "0123456789"

Row = tuple[int, list[str]]


def read_sheet(
    part: Part,
    *,
    strings: SharedStrings,
    dates: DateStyles,
    epoch: datetime,
    most_cells: int,
) -> Iterator[Row]:
    """The rows that have a cell in use; see `config.import_export.xlsx.read_rows`."""
    reader = _Sheet(strings, dates, epoch, most_cells)
    for _ in reader.run(part):
        yield from reader.rows
        reader.rows.clear()


class _Columns(dict[str, int]):
    """The number of a column by its letters."""

    def __missing__(self, letters: str) -> int:
        number: int = column_index_from_string(letters)
        if number > MOST_COLUMNS:
            raise ValueError("a column that no sheet has")
        self[letters] = number
        return number


class _Sheet(XmlReader):
    """Collects in `rows` the rows that are complete."""

    def __init__(
        self, strings: SharedStrings, dates: DateStyles, epoch: datetime, most_cells: int
    ) -> None:
        super().__init__(
            {
                "row": self._begin_row,
                "c": self._begin_cell,
                "v": self._begin_value,
                "t": self._begin_value,
                "rPh": self._begin_reading,
            },
            {
                "row": self._end_row,
                "c": self._end_cell,
                "v": self._end_value,
                "t": self._end_value,
                "rPh": self._end_reading,
                "sheetData": self._end,
            },
        )
        self._strings, self._dates, self._epoch = strings, dates, epoch
        self._most_cells = most_cells
        self._columns = _Columns()
        self.rows: list[Row] = []
        self._number = self._row_count = self._column = self._cell_count = 0
        self._cells: list[str] = []
        self._kind = self._style = self._value = ""
        self._is_reading_aid = False

    # Rows

    def _begin_row(self, attributes: Attributes) -> None:
        number = attributes.get("r")
        # Some programs write it as a number with a fraction.
        self._number = int(float(number)) if number else self._number + 1
        self._row_count += 1
        if not 0 < self._number <= MOST_ROWS or self._row_count > MOST_ROWS:
            raise ValueError("a row that no sheet has")
        self._cells = []
        self._column = self._cell_count = 0

    def _end_row(self) -> None:
        if self._cells:
            self.rows.append((self._number, self._cells))

    def _end(self) -> None:
        self.is_done = True

    # Cells

    def _begin_cell(self, attributes: Attributes) -> None:
        place = attributes.get("r")
        self._column = self._columns[place.rstrip(DIGITS)] if place else self._column + 1
        self._cell_count += 1
        if self._cell_count > MOST_COLUMNS:
            raise ValueError("more cells than a row has")
        self._kind, self._style = attributes.get("t", "n"), attributes.get("s", "0")
        self._value = ""
        self.forget_length()

    def _begin_value(self, _: Attributes) -> None:
        self.begin_text()

    def _end_value(self) -> None:
        text = self.end_text()
        if not self._is_reading_aid:
            self._value += text

    def _begin_reading(self, _: Attributes) -> None:
        """How a Japanese word is pronounced, which is not part of it."""
        self._is_reading_aid = True

    def _end_reading(self) -> None:
        self._is_reading_aid = False

    def _end_cell(self) -> None:
        if not self._value:
            return
        text = self._text_of_cell()
        if self._column > self._most_cells:
            if text.strip():
                raise UnreadableFile(f"Row {self._number} has more cells than a heading can have.")
            return
        self._cells += [""] * (self._column - len(self._cells))
        self._cells[self._column - 1] = text

    def _text_of_cell(self) -> str:
        """The cell as it would stand in CSV."""
        value = self._value
        match self._kind:
            case "s":
                return self._strings[int(value)]
            case "n":
                return self._number_text(value)
            case "b":
                return "true" if value.strip() in ("1", "true") else "false"
            case "d":
                return _moment_text(value)
            case _:
                return unescaped(value)

    def _number_text(self, value: str) -> str:
        try:
            number = float(value) if "." in value or "e" in value.lower() else int(value)
            if shown := self._dates.get(self._style):
                is_duration = shown is Shows.DURATION
                return _shown(from_excel(number, self._epoch, timedelta=is_duration))
        except (ValueError, OverflowError):
            # Whoever reads the column says that it can't be right.
            return value
        return _shown(number)


def _moment_text(value: str) -> str:
    try:
        return _shown(from_ISO8601(value))
    except ValueError:
        return value


def _shown(value: Any) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
