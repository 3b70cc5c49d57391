"""The texts that cells share, on disk: a million of them need little memory."""

from __future__ import annotations

import mmap
import tempfile
from array import array

from config.import_export.xlsx.package import Allowance, Part
from config.import_export.xlsx.xml import Attributes, XmlReader
from config.transfer.escapes import unescaped

#: Different texts that a workbook may have.
MOST_STRINGS = 4_000_000


class SharedStrings:
    """The texts by their number. What is read again and again counts against the allowance."""

    def __init__(self, allowance: Allowance) -> None:
        self._allowance = allowance
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 (closed by `close`)
        self._ends = array("I", [0])
        self._map: mmap.mmap | None = None

    def read(self, part: Part) -> None:
        """Take the texts of a part."""
        _Strings(self).read(part)
        self._file.flush()
        if self._ends[-1]:  # an empty file can't be mapped
            self._map = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)

    def add(self, text: str) -> None:
        data = text.encode()
        self._file.write(data)
        self._ends.append(self._ends[-1] + len(data))
        if len(self._ends) > MOST_STRINGS:
            raise ValueError("too many strings")

    def __getitem__(self, number: int) -> str:
        if number < 0:
            raise IndexError(number)
        start, end = self._ends[number], self._ends[number + 1]
        self._allowance.spend(end - start)
        return self._map[start:end].decode() if self._map and end > start else ""

    def close(self) -> None:
        if self._map is not None:
            self._map.close()
        self._file.close()


class _Strings(XmlReader):
    def __init__(self, strings: SharedStrings) -> None:
        opened = {"si": self._begin, "t": self._begin_run, "rPh": self._begin_reading}
        super().__init__(opened, {"si": self._end, "t": self._end_run, "rPh": self._end_reading})
        self._strings = strings
        self._runs: list[str] = []
        self._is_reading_aid = False

    def _begin(self, _: Attributes) -> None:
        self._runs.clear()
        self.forget_length()

    def _begin_run(self, _: Attributes) -> None:
        self.begin_text()

    def _end_run(self) -> None:
        text = self.end_text()
        if not self._is_reading_aid:
            self._runs.append(text)

    def _begin_reading(self, _: Attributes) -> None:
        """How a Japanese word is pronounced, which is not part of it."""
        self._is_reading_aid = True

    def _end_reading(self) -> None:
        self._is_reading_aid = False

    def _end(self) -> None:
        self._strings.add(unescaped("".join(self._runs)))
