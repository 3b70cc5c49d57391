"""Which formats of cells show a number as a date or a time."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from openpyxl.styles.numbers import builtin_format_code, is_date_format, is_timedelta_format

from config.import_export.xlsx.package import Part
from config.import_export.xlsx.xml import Attributes, XmlReader

#: More than spreadsheets have (65,490 formats of cells, 250 of numbers with up to 255 characters).
MOST_CELL_FORMATS, MOST_NUMBER_FORMATS, MOST_CODE = 100_000, 10_000, 1_000


class Shows(Enum):
    MOMENT = 1
    DURATION = 2


#: What the built-in formats show that programs in East Asia and Thailand have beside the common
#: ones (ECMA-376 part 1, section 18.8.30).
_BUILT_IN_ABROAD = {
    **dict.fromkeys([*range(27, 37), *range(50, 59), *range(71, 79), 80, 81], Shows.MOMENT),
    79: Shows.DURATION,
}

#: By the number of the format, as cells name it.
DateStyles = Mapping[str, Shows]


def read_date_styles(part: Part) -> DateStyles:
    """The formats of cells that are dates or times; the others are left out."""
    reader = _Styles()
    reader.read(part)
    return reader.dates


class _Styles(XmlReader):
    def __init__(self) -> None:
        opened = {"numFmt": self._number_format, "cellXfs": self._begin, "xf": self._cell_format}
        super().__init__(opened, {"cellXfs": self._end})
        self._codes: dict[str, Shows | None] = {}
        self._is_inside = False
        self._count = 0
        self.dates: dict[str, Shows] = {}

    def _number_format(self, attributes: Attributes) -> None:
        self._codes[attributes["numFmtId"]] = _shown(attributes["formatCode"])
        if len(self._codes) > MOST_NUMBER_FORMATS:
            raise ValueError("too many formats of numbers")

    def _begin(self, _: Attributes) -> None:
        self._is_inside = True

    def _end(self) -> None:
        self.is_done = True

    def _cell_format(self, attributes: Attributes) -> None:
        if not self._is_inside:  # those of named styles come before
            return
        key = attributes.get("numFmtId", "0")
        if key not in self._codes:
            number = int(key)
            self._codes[key] = _BUILT_IN_ABROAD.get(number) or _shown(builtin_format_code(number))
        if shown := self._codes[key]:
            self.dates[str(self._count)] = shown
        self._count += 1
        if self._count > MOST_CELL_FORMATS:
            raise ValueError("too many formats of cells")


def _shown(code: str | None) -> Shows | None:
    if not code or len(code) > MOST_CODE or not is_date_format(code):
        return None
    return Shows.DURATION if is_timedelta_format(code) else Shows.MOMENT
