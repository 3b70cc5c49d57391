"""The first sheet of a workbook (ECMA-376) as rows of text.

Workbooks come from strangers, and a few kilobytes of ZIP can stand for gigabytes of XML. openpyxl,
which writes ours, reads styles, names and strings whole and fills the gaps between rows, so that
nothing bounds what a file costs. Here every part is read as a stream and only as far as the table
needs it: memory does not grow with the file, and time not beyond what its size allows.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from typing import BinaryIO
from xml.parsers import expat

from django.utils.translation import gettext as _

from config.import_export.errors import UnreadableFile
from config.import_export.notes import Notes
from config.import_export.xlsx.package import Package
from config.import_export.xlsx.sheet import read_sheet
from config.import_export.xlsx.strings import SharedStrings
from config.import_export.xlsx.styles import read_date_styles
from config.import_export.xlsx.workbook import find_sheet

#: What a damaged workbook has its parsers of ZIP, XML and numbers raise.
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    expat.ExpatError,
    EOFError,
    LookupError,
    ValueError,
    ArithmeticError,
    RuntimeError,  # an encrypted part, or one packed by a method that there is not
)


def read_rows(file: BinaryIO, *, most_cells: int, notes: Notes) -> Iterator[tuple[int, list[str]]]:
    """The rows that have a cell in use, each with its number as spreadsheets show it.

    Cells end with the last one in use; what shows no value is an `UnreadableCell`. A row with text
    past the first `most_cells` cells, like anything else that is no such workbook, is an
    `UnreadableFile`, maybe only when it is reached. `notes` tell of other sheets, of what is hidden
    and of merged cells.
    """
    try:
        with Package(file) as package, closing(SharedStrings(package.allowance)) as strings:
            sheet = find_sheet(package, notes)
            if sheet.strings:
                strings.read(package.open(sheet.strings))
            dates = read_date_styles(package.open(sheet.styles)) if sheet.styles else {}
            yield from read_sheet(
                package.open(sheet.part),
                strings=strings,
                dates=dates,
                epoch=sheet.epoch,
                most_cells=most_cells,
                notes=notes,
            )
    except _DAMAGED as error:
        raise UnreadableFile(_("The file is no workbook.")) from error
