"""The rows of a sheet, and what their cells say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from openpyxl.utils import column_index_from_string, get_column_letter
from openpyxl.utils.datetime import from_excel, from_ISO8601

from config.import_export.cells import UnreadableCell, is_empty
from config.import_export.errors import UnreadableFile
from config.import_export.notes import Notes, Quoted
from config.import_export.xlsx.package import Part
from config.import_export.xlsx.strings import SharedStrings
from config.import_export.xlsx.styles import DateStyles, Shows
from config.import_export.xlsx.xml import Attributes, XmlReader
from config.transfer.escapes import unescaped

#: What a sheet can have (Excel specifications and limits).
MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384
DIGITS = "0123456789"
TRUE = ("1", "true")
#: What comes in a sheet after its rows and its merged cells (ECMA-376 part 1, section 18.3.1.99).
AFTER_MERGED_CELLS = (
    "phoneticPr",
    "conditionalFormatting",
    "dataValidations",
    "hyperlinks",
    "printOptions",
    "pageMargins",
    "pageSetup",
    "headerFooter",
    "drawing",
    "tableParts",
)

Row = tuple[int, list[str]]


def read_sheet(
    part: Part,
    *,
    strings: SharedStrings,
    dates: DateStyles,
    epoch: datetime,
    most_cells: int,
    notes: Notes,
) -> Iterator[Row]:
    """The rows that have a cell in use; see `config.import_export.xlsx.read_rows`."""
    reader = _Sheet(strings, dates, epoch, most_cells)
    for _chunk in reader.run(part):
        yield from reader.rows
        reader.rows.clear()
    notes += reader.notes()


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
                "f": self._formula,
                "col": self._columns_format,
                "mergeCell": self._merged_cells,
                **dict.fromkeys(AFTER_MERGED_CELLS, self._end),
            },
            {
                "row": self._end_row,
                "c": self._end_cell,
                "v": self._end_value,
                "t": self._end_value,
                "rPh": self._end_reading,
                "mergeCells": self._end,
            },
        )
        self._strings, self._dates, self._epoch = strings, dates, epoch
        self._most_cells = most_cells
        self._columns = _Columns()
        self.rows: list[Row] = []
        self._number = self._row_count = self._column = self._cell_count = 0
        self._cells: list[str] = []
        self._kind = self._style = self._value = ""
        self._is_reading_aid = self._is_formula = self._has_value = False
        self._is_hidden = False
        self._hidden_rows, self._merged = Quoted(), Quoted()
        #: Columns that are hidden, and those of them that have a cell in use.
        self._hidden: set[int] = set()
        self._read_hidden: set[int] = set()

    def notes(self) -> Notes:
        """What is hidden or merged, once all is read."""
        notes = []
        if self._hidden_rows:
            text = _("Rows that are hidden were read like all others: %(rows)s.")
            notes.append(text % {"rows": self._hidden_rows})
        if self._read_hidden:
            letters = Quoted(get_column_letter(number) for number in sorted(self._read_hidden))
            text = _("Columns that are hidden were read like all others: %(columns)s.")
            notes.append(text % {"columns": letters})
        if self._merged:
            text = _(
                "Of merged cells only the first has the value, the others are empty: %(cells)s."
            )
            notes.append(text % {"cells": self._merged})
        return notes

    # What is told

    def _columns_format(self, attributes: Attributes) -> None:
        if attributes.get("hidden") not in TRUE:
            return
        first, last = int(attributes["min"]), int(attributes["max"])
        if not 0 < first <= last <= MOST_COLUMNS:
            raise ValueError("columns that no sheet has")
        # Programs hide all that lies behind the table; where nothing stands, nothing is read.
        self._hidden.update(range(first, min(last, self._most_cells) + 1))

    def _merged_cells(self, attributes: Attributes) -> None:
        self._merged.add(attributes["ref"])

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
        self._is_hidden = attributes.get("hidden") in TRUE

    def _end_row(self) -> None:
        if self._cells:
            self.rows.append((self._number, self._cells))
            if self._is_hidden:
                self._hidden_rows.add(self._number)

    def _end(self, _: Attributes | None = None) -> None:
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
        self._is_formula = self._has_value = False
        self.forget_length()

    def _formula(self, _: Attributes) -> None:
        self._is_formula = True

    def _begin_value(self, _: Attributes) -> None:
        self._has_value = True
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
        if self._value:
            self._add_cell(self._text_of_cell())
        # A text that was computed may be empty; a number can't.
        elif self._is_formula and not (self._has_value and self._kind == "str"):
            self._add_cell(UnreadableCell.of_formula())

    def _add_cell(self, text: str) -> None:
        if self._column > self._most_cells:
            if not is_empty(text):
                more = _("Row %(row)d has more cells than a heading can have.")
                raise UnreadableFile(more % {"row": self._number})
            return
        if self._column in self._hidden:
            self._read_hidden.add(self._column)
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
                return "true" if value.strip() in TRUE else "false"
            case "d":
                return _moment_text(value)
            case "e":
                return UnreadableCell.of_error(value)
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
