"""Where the first sheet of a workbook is, and what is needed to read it."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.utils.translation import gettext as _
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH

from config.import_export.notes import Notes, Quoted
from config.import_export.xlsx.package import Package, Part
from config.import_export.xlsx.xml import Attributes, XmlReader

#: Parts that a workbook leads to at most.
MOST_RELATIONSHIPS = 10_000


@dataclass(frozen=True)
class Sheet:
    """The names of the parts, empty for what there is not, and the day from which dates count."""

    part: str
    strings: str
    styles: str
    epoch: datetime


class _Relationship(NamedTuple):
    kind: str  #: the last part of its type
    target: str


def find_sheet(package: Package, notes: Notes) -> Sheet:
    """The first sheet with cells that is shown; `LookupError` where there is none.

    `notes` tell of sheets beside it.
    """
    documents = [
        each.target
        for each in _relationships(package, "").values()
        if each.kind == "officeDocument"
    ]
    workbook = documents[0]
    related = _relationships(package, workbook)
    sheets = {name: each.target for name, each in related.items() if each.kind == "worksheet"}
    reader = _Workbook(package.open(workbook), sheets)
    if reader.others:
        text = _("Only the sheet “%(sheet)s” was read, not: %(others)s.")
        notes.append(text % {"sheet": reader.name, "others": reader.others})
    by_kind = {each.kind: each.target for each in related.values()}
    return Sheet(
        part=reader.sheet,
        strings=by_kind.get("sharedStrings", ""),
        styles=by_kind.get("styles", ""),
        epoch=reader.epoch,
    )


class _Workbook(XmlReader):
    def __init__(self, part: Part, sheets: dict[str, str]) -> None:
        opened = {"workbookPr": self._properties, "sheet": self._sheet}
        super().__init__(opened, {"sheets": self._end})
        self._sheets = sheets
        self.epoch: datetime = WINDOWS_EPOCH
        self.sheet = self.name = ""
        self.others = Quoted()
        self.read(part)
        if not self.sheet:
            raise LookupError("no sheet")

    def _properties(self, attributes: Attributes) -> None:
        if attributes.get("date1904", "0") in ("1", "true"):
            self.epoch = MAC_EPOCH

    def _sheet(self, attributes: Attributes) -> None:
        """Sheets come in their order; others than worksheets are charts and the like."""
        keys = [value for name, value in attributes.items() if name.endswith(":id")]
        if not keys or keys[0] not in self._sheets:
            return
        name = attributes.get("name", "")
        if self.sheet or attributes.get("state", "visible") != "visible":
            self.others.add(name)
        else:
            self.sheet, self.name = self._sheets[keys[0]], name

    def _end(self) -> None:
        self.is_done = True


def _relationships(package: Package, part: str) -> dict[str, _Relationship]:
    """What a part leads to inside the package, by key; without a part, the package itself."""
    folder, name = posixpath.split(part)
    rels = posixpath.join(folder, "_rels", f"{name}.rels")
    return _Relationships(package.open(rels), folder).found


class _Relationships(XmlReader):
    def __init__(self, part: Part, folder: str) -> None:
        super().__init__({"Relationship": self._relationship}, {})
        self._folder = folder
        self.found: dict[str, _Relationship] = {}
        self._count = 0
        self.read(part)

    def _relationship(self, attributes: Attributes) -> None:
        self._count += 1
        if self._count > MOST_RELATIONSHIPS:
            raise ValueError("too many relationships")
        if attributes.get("TargetMode") == "External":
            return
        # A target with a slash is one from the root, any other from the part's folder.
        target = posixpath.join("/", self._folder, attributes["Target"])
        kind = attributes["Type"].rpartition("/")[2]
        self.found[attributes["Id"]] = _Relationship(kind, posixpath.normpath(target).lstrip("/"))
