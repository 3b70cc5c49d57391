"""Workbooks written by hand, part by part: what no library would write."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
HEADING = ("mentor_id", "certification_type", "expires_at")


def relationships(**targets: str) -> str:
    """Relationships of these types, each under its type as its id."""
    return (
        f'<Relationships xmlns="{PACKAGE}">'
        + "".join(
            f'<Relationship Id="{kind}" Type="{OFFICE}/{kind}" Target="{target}"/>'
            for kind, target in targets.items()
        )
        + "</Relationships>"
    )


def text(value: str) -> str:
    """A cell with a text of its own, wherever it stands."""
    return f'<c t="inlineStr"><is><t>{value}</t></is></c>'


def row(*values: str) -> str:
    return f"<row>{''.join(map(text, values))}</row>"


def sheet(rows: str, before: str = "", after: str = "") -> str:
    return (
        f'<worksheet xmlns="{MAIN}">{before}<sheetData>{row(*HEADING)}{rows}</sheetData>'
        f"{after}</worksheet>"
    )


def book(
    rows: str = "",
    *,
    method: int = zipfile.ZIP_DEFLATED,
    more: Mapping[str, str] | None = None,
    **changes: str,
) -> bytes:
    """A workbook with these rows under the heading of certifications.

    `changes` are other parts than the usual: `workbook`, `rels`, `workbook_rels`, `styles`,
    `strings`, `sheet`; `more` are parts beside them.
    """
    usual = {
        "_rels/.rels": ("rels", relationships(officeDocument="xl/workbook.xml")),
        "xl/workbook.xml": (
            "workbook",
            f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">'
            '<sheets><sheet name="A" sheetId="1" r:id="worksheet"/></sheets></workbook>',
        ),
        "xl/_rels/workbook.xml.rels": (
            "workbook_rels",
            relationships(
                worksheet="worksheets/sheet1.xml", styles="styles.xml", sharedStrings="strings.xml"
            ),
        ),
        "xl/styles.xml": (
            "styles",
            f'<styleSheet xmlns="{MAIN}"><cellXfs><xf/><xf numFmtId="14"/></cellXfs></styleSheet>',
        ),
        "xl/strings.xml": ("strings", f'<sst xmlns="{MAIN}"><si><t>shared</t></si></sst>'),
        "xl/worksheets/sheet1.xml": ("sheet", sheet(rows)),
    }
    parts = {part: changes.pop(name, content) for part, (name, content) in usual.items()}
    if changes:
        raise TypeError(f"no part is called {', '.join(changes)}")
    return zipped({**parts, **(more or {})}, method)


def zipped(parts: Mapping[str, str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()
