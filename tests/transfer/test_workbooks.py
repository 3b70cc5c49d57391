"""The reader of workbooks beside openpyxl, and what it reads that openpyxl does not."""

from __future__ import annotations

import io
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.utils.datetime import MAC_EPOCH

from config.import_export.xlsx import read_rows
from tests.transfer.workbooks import MAIN, OFFICE, book, relationships, row, sheet, text

Rows = list[tuple[int, list[str]]]


def rows_of(content: bytes) -> Rows:
    """The rows under the heading."""
    return list(read_rows(io.BytesIO(content), most_cells=200, notes=[]))[1:]


def as_openpyxl_has_it(content: bytes) -> Rows:
    """The rows with a cell in use, through openpyxl, as the texts that CSV would have."""
    workbook = load_workbook(io.BytesIO(content), data_only=True)
    rows = []
    for number, cells in enumerate(workbook.worksheets[0].iter_rows(values_only=True), start=1):
        texts = [as_text(cell) for cell in cells]
        while texts and not texts[-1]:
            texts.pop()
        if texts:
            rows.append((number, texts))
    return rows


def as_text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


CELLS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**15), 10**15)
    | st.floats(-1e12, 1e12, allow_nan=False)
    | st.text(max_size=30).filter(
        lambda value: not ILLEGAL_CHARACTERS_RE.search(value) and not value.startswith("=")
    )
    | st.datetimes(datetime(1905, 1, 1), datetime(9999, 12, 31)).map(
        lambda moment: moment.replace(microsecond=0)
    )
    | st.dates(date(1905, 1, 1))
    | st.times().map(lambda value: value.replace(microsecond=0))
    | st.timedeltas(timedelta(0), timedelta(days=1000)).map(
        lambda span: timedelta(seconds=span.seconds, days=span.days)
    )
)


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(
    table=st.lists(st.lists(CELLS, max_size=6), min_size=1, max_size=6),
    write_only=st.booleans(),
    epoch=st.sampled_from([None, MAC_EPOCH]),
)
def test_whatever_openpyxl_writes_is_read_as_openpyxl_reads_it(
    table: list[list[Any]], write_only: bool, epoch: datetime | None
) -> None:
    workbook = Workbook(write_only=write_only)
    if epoch is not None:
        workbook.epoch = epoch
    written = workbook.create_sheet() if write_only else workbook.active
    assert written is not None
    for cells in table:
        written.append(cells)
    file = io.BytesIO()
    workbook.save(file)
    content = file.getvalue()

    assert list(read_rows(io.BytesIO(content), most_cells=200, notes=[])) == as_openpyxl_has_it(
        content
    )


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("<c><v>1.50</v></c>", "1.5"),
        ("<c><v>2.0</v></c>", "2"),
        ("<c><v>1E3</v></c>", "1000"),
        ('<c s="1"><v>45000</v></c>', "2023-03-15T00:00:00"),
        ('<c s="1"><v>0.5</v></c>', "12:00:00"),
        ('<c s="1"><v>1e300</v></c>', "1e300"),
        ('<c s="99"><v>7</v></c>', "7"),
        ('<c s="x"><v>7</v></c>', "7"),
        ("<c><v>seven</v></c>", "seven"),
        (f"<c><v>{'9' * 5000}</v></c>", "9" * 5000),
        ('<c t="b"><v>1</v></c>', "true"),
        ('<c t="b"><v>0</v></c>', "false"),
        ('<c t="e"><v>#N/A</v></c>', "#N/A"),
        ('<c t="str"><f>A1</f><v>computed</v></c>', "computed"),
        ('<c t="d"><v>2030-01-31</v></c>', "2030-01-31"),
        ('<c t="d"><v>2030-01-31T12:00:00Z</v></c>', "2030-01-31T12:00:00"),
        ('<c t="d"><v>soon</v></c>', "soon"),
        ('<c t="s"><v>0</v></c>', "shared"),
        (text("a_x0041_b"), "aAb"),
        (text("_x005F_x0041_"), "_x0041_"),
        (text("_xD800_"), "_xD800_"),
        ('<c t="inlineStr"><is><r><t>ri</t></r><r><t>ch</t></r></is></c>', "rich"),
        (
            '<c t="inlineStr"><is><t>東京</t><rPh sb="0" eb="2"><t>とうきょう</t></rPh></is></c>',
            "東京",
        ),
    ],
)
def test_what_cells_say(cell: str, expected: str) -> None:
    assert rows_of(book(f"<row>{cell}</row>")) == [(2, [expected])]


def test_rows_and_cells_stand_where_the_file_says() -> None:
    content = book('<row r="7"><c r="C7"><v>3</v></c><c r="A7"><v>1</v></c></row><row r="9"/>')

    assert rows_of(content) == [(7, ["1", "", "3"])]


@pytest.mark.parametrize("dimension", ["A1", "A1:B2", "A1:XFD1048576", "nonsense"])
def test_what_the_file_says_of_its_size_does_not_count(dimension: str) -> None:
    given = [row("m-1", "t", "2030-01-01"), row("m-2", "t", "2030-01-02")]
    content = book(sheet=sheet("".join(given), before=f'<dimension ref="{dimension}"/>'))

    assert rows_of(content) == [
        (2, ["m-1", "t", "2030-01-01"]),
        (3, ["m-2", "t", "2030-01-02"]),
    ]


def test_prefixes_other_places_and_capital_letters_are_understood() -> None:
    given = sheet(row("m-1", "t", "2030-01-01"))
    prefixed = given.replace("<", "<x:").replace("<x:/", "</x:").replace("xmlns=", "xmlns:x=")
    rels = relationships(officeDocument="/Office/Book.xml")
    more = {
        "Office/Book.xml": f'<x:workbook xmlns:x="{MAIN}" xmlns:q="{OFFICE}"><x:sheets>'
        '<x:sheet q:id="chartsheet"/><x:sheet q:id="worksheet"/></x:sheets></x:workbook>',
        "Office/_rels/book.xml.rels": relationships(
            chartsheet="chart.xml", worksheet="../Sheets/One.XML"
        ),
        "sheets/one.xml": prefixed,
    }

    assert rows_of(book(rels=rels, more=more)) == [(2, ["m-1", "t", "2030-01-01"])]


def test_days_count_from_1904_where_the_workbook_says_so() -> None:
    workbook = (
        f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><workbookPr date1904="1"/>'
        '<sheets><sheet name="A" sheetId="1" r:id="worksheet"/></sheets></workbook>'
    )
    content = book('<row><c s="1"><v>45000</v></c></row>', workbook=workbook)

    assert rows_of(content) == [(2, ["2027-03-16T00:00:00"])]


def test_times_of_day_and_spans_are_told_apart() -> None:
    styles = (
        f'<styleSheet xmlns="{MAIN}">'
        '<numFmts><numFmt numFmtId="164" formatCode="[h]:mm"/></numFmts>'
        '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>'
        '<cellXfs><xf/><xf numFmtId="164"/><xf numFmtId="20"/></cellXfs></styleSheet>'
    )
    cells = '<c s="0"><v>1.5</v></c><c s="1"><v>1.5</v></c><c s="2"><v>0.25</v></c>'

    expected = ["1.5", str(timedelta(hours=36)), str(time(6))]
    assert rows_of(book(f"<row>{cells}</row>", styles=styles)) == [(2, expected)]
