"""Workbooks whose cells, rows or sheets are not all that they seem."""

from __future__ import annotations

import pytest
from django.test import Client

from certifications.models import Certification
from tests.factories import CertificationTypeFactory, MentorFactory
from tests.transfer.test_desk import CERTIFICATIONS, apply, upload
from tests.transfer.workbooks import HEADING, MAIN, OFFICE, book, relationships, row, sheet, text

STATUS = (*HEADING, "status")
GOOD = row("m-1", "first_aid", "2030-01-01")

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _known() -> None:
    MentorFactory.create(id="m-1")
    CertificationTypeFactory.create(code="first_aid")


def with_status(cell: str) -> bytes:
    """A workbook with a column of states, of which one row has this cell."""
    cells = "".join(map(text, ("m-1", "first_aid", "2030-01-01")))
    rows = f"{row(*STATUS)}<row>{cells}{cell}</row>"
    return book(sheet=f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>')


def looked_at(desk: Client, content: bytes) -> str:
    return upload(desk, CERTIFICATIONS, content, "table.xlsx")


@pytest.mark.parametrize("shown", ["#N/A", "#REF!", "#NAME?", "#DIV/0!"])
@pytest.mark.parametrize("formula", ["", "<f>VLOOKUP(A2,Z:Z,2)</f>"])
def test_a_cell_that_shows_an_error_is_a_fault(desk: Client, shown: str, formula: str) -> None:
    page = looked_at(desk, with_status(f'<c t="e">{formula}<v>{shown}</v></c>'))

    assert f"<td>2</td><td>status</td><td>{shown}</td><td>The cell shows an error" in page
    assert not Certification.objects.exists()


def test_an_error_among_the_types_registers_none(desk: Client) -> None:
    cells = f'{text("m-1")}<c t="e"><v>#N/A</v></c>{text("2030-01-01")}'

    page = looked_at(desk, book(f"<row>{cells}</row>"))

    assert "<td>certification_type</td><td>#N/A</td>" in page
    assert "/apply/" not in page


@pytest.mark.parametrize(
    "cell",
    [
        '<c><f>"revoked"</f></c>',
        '<c><f>"revoked"</f><v></v></c>',
        '<c><f>"revoked"</f><v/></c>',
        '<c t="str"><f>"revoked"</f></c>',
        '<c><f t="shared" si="0"/></c>',
    ],
)
def test_a_formula_that_nothing_computed_is_a_fault(desk: Client, cell: str) -> None:
    page = looked_at(desk, with_status(cell))

    assert "<td>2</td><td>status</td>" in page
    assert "a formula without a value" in page


@pytest.mark.parametrize(
    ("cell", "status"),
    [
        ('<c t="str"><f>IF(1,"revoked")</f><v>revoked</v></c>', "revoked"),
        ('<c t="str"><f>IF(1,"")</f><v></v></c>', "active"),
        ("<c/>", "active"),
    ],
)
def test_a_formula_with_a_value_is_its_value(desk: Client, cell: str, status: str) -> None:
    apply(desk, looked_at(desk, with_status(cell)))

    assert Certification.objects.get().status == status


@pytest.mark.parametrize("dimension", ["A1", "A1:C2", "A1:XFD1048576"])
def test_what_the_file_says_of_its_size_is_not_believed(desk: Client, dimension: str) -> None:
    cells = "".join(map(text, ("m-1", "first_aid", "2030-01-01", "revoked")))
    content = (
        f'<dimension ref="{dimension}"/><sheetData>{row(*STATUS)}<row>{cells}</row></sheetData>'
    )

    apply(desk, looked_at(desk, book(sheet=f'<worksheet xmlns="{MAIN}">{content}</worksheet>')))

    assert Certification.objects.get().status == "revoked"


def of_sheets(*sheets: str) -> bytes:
    """A workbook of these `sheet` tags, of which that with id `s1` has the rows."""
    return book(
        GOOD,
        workbook=f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{"".join(sheets)}</sheets>'
        "</workbook>",
        workbook_rels=relationships(worksheet="worksheets/sheet1.xml", styles="styles.xml")
        .replace('Id="worksheet"', 'Id="s1"')
        .replace(
            "</Relationships>",
            f'<Relationship Id="s2" Type="{OFFICE}/worksheet" Target="worksheets/none.xml"/>'
            "</Relationships>",
        ),
    )


@pytest.mark.parametrize(
    "sheets",
    [
        ('<sheet name="People" r:id="s1"/>', '<sheet name="Old" r:id="s2"/>'),
        ('<sheet name="Old" r:id="s2" state="hidden"/>', '<sheet name="People" r:id="s1"/>'),
        ('<sheet name="People" r:id="s1"/>', '<sheet name="Old" r:id="s2" state="veryHidden"/>'),
    ],
)
def test_of_several_sheets_it_says_which_was_read(desk: Client, sheets: tuple[str, ...]) -> None:
    page = looked_at(desk, of_sheets(*sheets))

    assert "Only the sheet “People” was read, not: Old." in page
    assert "/apply/" in page


def test_hidden_rows_and_columns_and_merged_cells_are_told(desk: Client) -> None:
    MentorFactory.create(id="m-2")
    hidden = row("m-2", "first_aid", "2030-01-01").replace("<row>", '<row hidden="1">')
    content = sheet(
        GOOD + hidden,
        before='<cols><col min="3" max="3" hidden="1"/><col min="9" max="90" hidden="1"/></cols>',
        after='<mergeCells count="1"><mergeCell ref="B2:B3"/></mergeCells>',
    )

    page = looked_at(desk, book(sheet=content))

    assert "Rows that are hidden were read like all others: 3." in page
    assert "Columns that are hidden were read like all others: C." in page
    assert "Of merged cells only the first has the value, the others are empty: B2:B3." in page


def test_a_plain_workbook_has_nothing_told(desk: Client) -> None:
    assert 'id="notes"' not in looked_at(desk, book(GOOD))


@pytest.mark.parametrize("number_format", [27, 30, 31, 36, 50, 57, 58, 71, 81])
def test_dates_in_formats_of_east_asia_and_thailand_are_dates(
    desk: Client, number_format: int
) -> None:
    styles = (
        f'<styleSheet xmlns="{MAIN}"><cellXfs><xf/><xf numFmtId="{number_format}"/></cellXfs>'
        "</styleSheet>"
    )
    cells = f'{text("m-1")}{text("first_aid")}<c s="1"><v>47484</v></c>'

    apply(desk, looked_at(desk, book(f"<row>{cells}</row>", styles=styles)))

    assert f"{Certification.objects.get().expires_at:%Y-%m-%d}" == "2030-01-01"


def test_a_strict_workbook_is_read(desk: Client) -> None:
    strict = "http://purl.oclc.org/ooxml"
    namespaces = {MAIN: f"{strict}/spreadsheetml/main"}
    namespaces[OFFICE] = f"{strict}/officeDocument/relationships"

    def converted(content: str) -> str:
        for old, new in namespaces.items():
            content = content.replace(old, new)
        return content

    cells = f'{text("m-1")}{text("first_aid")}<c t="d"><v>2030-01-01T00:00:00</v></c>'
    content = book(
        rels=converted(relationships(officeDocument="xl/workbook.xml")),
        workbook=converted(
            f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}" conformance="strict">'
            '<sheets><sheet name="A" sheetId="1" r:id="worksheet"/></sheets></workbook>'
        ),
        workbook_rels=converted(relationships(worksheet="worksheets/sheet1.xml")),
        sheet=converted(sheet(f"<row>{cells}</row>")),
    )

    apply(desk, looked_at(desk, content))

    assert f"{Certification.objects.get().expires_at:%Y-%m-%d}" == "2030-01-01"
