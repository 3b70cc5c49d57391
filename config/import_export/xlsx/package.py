"""The ZIP file around a workbook: its parts by name, unpacked within an allowance."""

from __future__ import annotations

import io
import zipfile
from typing import BinaryIO, Self

from config.import_export.errors import UnreadableFile

#: Bytes that a workbook may unpack to, whatever its size; and so many a byte of it, after a start.
#: Spreadsheets come to 5 to 30 a byte, bombs to 1000.
MOST_UNPACKED, START_UNPACKED, UNPACKED_A_BYTE = 1_000_000_000, 5_000_000, 100
#: The same of tags, which are what reading costs: spreadsheets have one or two a byte, bombs 250.
START_TAGS, TAGS_A_BYTE = 300_000, 10
#: Bytes that are read of the file at a time. The directory of a ZIP file is read in one go, and an
#: entry in it takes ten times as much memory: this bounds the number of parts.
MOST_READ = 1_000_000
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class Allowance:
    """How much a file may still unpack to."""

    def __init__(self, size: int) -> None:
        self._bytes = min(START_UNPACKED + UNPACKED_A_BYTE * size, MOST_UNPACKED)
        self._tags = START_TAGS + TAGS_A_BYTE * size

    def spend(self, bytes_: int, tags: int = 0) -> None:
        """`UnreadableFile` once it is used up."""
        self._bytes -= bytes_
        self._tags -= tags
        if self._bytes < 0 or self._tags < 0:
            raise UnreadableFile("The workbook unpacks to far more than its size.")


class Part:
    """The unpacked bytes of a part, as a stream."""

    def __init__(self, stream: zipfile.ZipExtFile, allowance: Allowance) -> None:
        self._stream, self._allowance = stream, allowance

    def read(self, size: int) -> bytes:
        # Never more than that at a time, whatever the ZIP file says of the part's size.
        data = self._stream.read(size)
        self._allowance.spend(len(data), data.count(b"<"))
        return data


class Package:
    """The parts of a workbook. Their names are the same in capital and small letters (OPC)."""

    def __init__(self, file: BinaryIO) -> None:
        self.allowance = Allowance(file.seek(0, io.SEEK_END))
        self._archive = zipfile.ZipFile(_InPieces(file))
        self._parts = {part.filename.lower(): part for part in self._archive.infolist()}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._archive.close()

    def open(self, name: str) -> Part:
        """The part of that name; `LookupError` where there is none."""
        part = self._parts[name.lower()]
        if part.compress_type not in METHODS:
            raise ValueError("packed by a method that workbooks don't use")
        stream = self._archive.open(part)
        if not isinstance(stream, zipfile.ZipExtFile):
            raise TypeError("opened to be read")
        return Part(stream, self.allowance)


class _InPieces:
    """A file of which nobody reads more than `MOST_READ` bytes at once."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.tell, self.seekable = file.tell, file.seekable

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_SET and offset < 0:
            raise zipfile.BadZipFile("points before its beginning")
        return self._file.seek(offset, whence)

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(MOST_READ + 1 if size < 0 else min(size, MOST_READ + 1))
        if len(data) > MOST_READ:
            raise UnreadableFile("The workbook has too many parts.")
        return data
