"""Small files that stand for a lot: none of them costs more than an honest file of its size."""

from __future__ import annotations

import io
import time
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.test import Client

from certifications.services.transfers import CertificationImporter
from config.import_export.errors import UnreadableFile
from config.transfer.reading import MOST_BLANK_ROWS, open_table
from tests.transfer.test_desk import CERTIFICATIONS, upload
from tests.transfer.workbooks import (
    HEADING,
    MAIN,
    PACKAGE,
    book,
    relationships,
    row,
    sheet,
    zipped,
)

#: Seconds of CPU that a file may cost here: one, and patience with a machine that has much to do.
SECONDS = 4.0
MEGABYTES = 50
CSV_HEADING = ",".join(HEADING) + "\n"
GOOD = row("m-1", "t", "2030-01-01")


def read(content: bytes, name: str = "t.xlsx") -> int | str:
    """How many rows there are under the heading, or why the file can't be taken."""
    try:
        with open_table(io.BytesIO(content), name, CertificationImporter.columns, []) as rows:
            return sum(1 for _ in rows)
    except UnreadableFile as error:
        return error.detail


def styles(inside: str) -> str:
    return f'<styleSheet xmlns="{MAIN}"><cellXfs>{inside}</cellXfs></styleSheet>'


def strings(inside: str) -> str:
    return f'<sst xmlns="{MAIN}">{inside}</sst>'


def entities() -> str:
    levels = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 9))
    return f'<!DOCTYPE w [<!ENTITY a0 "ha">{levels}]>' + sheet(row("&a8;"))


def many_parts() -> bytes:
    return zipped({f"p{number}": "" for number in range(30_000)})


def long_names() -> bytes:
    """Entries whose names fill the directory."""
    return zipped({f"{number:05d}" + "x" * 60_000: "" for number in range(40)})


NO_WORKBOOK = "The file is no workbook."
TOO_LARGE = "The workbook unpacks to far more than its size."
TOO_LONG = "A cell has more than 32767 characters."

WORKBOOKS: dict[str, tuple[Callable[[], bytes], int | str]] = {
    "formats of cells": (lambda: book(GOOD, styles=styles("<xf/>" * 2_000_000)), NO_WORKBOOK),
    "formats of numbers": (
        lambda: book(
            GOOD,
            styles=f'<styleSheet xmlns="{MAIN}">'
            + "".join(f'<numFmt numFmtId="{n}" formatCode="{n}"/>' for n in range(50_000))
            + "</styleSheet>",
        ),
        NO_WORKBOOK,
    ),
    "elements after the sheets": (
        lambda: book(
            GOOD,
            workbook=f'<workbook xmlns="{MAIN}" xmlns:r="r"><sheets><sheet r:id="worksheet"/>'
            f"</sheets>{'<definedName>A</definedName>' * 500_000}</workbook>",
        ),
        1,
    ),
    "elements before the sheets": (
        lambda: book(
            GOOD,
            workbook=f'<workbook xmlns="{MAIN}" xmlns:r="r">{"<x/>" * 2_000_000}<sheets>'
            '<sheet r:id="worksheet"/></sheets></workbook>',
        ),
        TOO_LARGE,
    ),
    "relationships": (
        lambda: book(
            GOOD,
            rels=f'<Relationships xmlns="{PACKAGE}">'
            + '<Relationship Id="a" Type="b" Target="c"/>' * 500_000
            + "</Relationships>",
        ),
        NO_WORKBOOK,
    ),
    "what nobody reads": (
        lambda: book(
            GOOD,
            more={
                "[Content_Types].xml": "<Types>" + "<Default/>" * 2_000_000,
                "xl/theme/theme1.xml": "<a/>" * 2_000_000,
                "docProps/core.xml": "<a>" * 2_000_000,
                "xl/worksheets/sheet2.xml": "<row/>" * 2_000_000,
            },
        ),
        1,
    ),
    "what comes after the rows": (
        lambda: book(sheet=sheet(GOOD, after='<mergeCell ref="A1:B2"/>' * 500_000)),
        TOO_LARGE,
    ),
    "strings": (
        lambda: book(GOOD, strings=strings("<si><t>a</t></si>" * 2_000_000)),
        TOO_LARGE,
    ),
    "empty strings": (lambda: book(GOOD, strings=strings("<si/>" * 5_000_000)), TOO_LARGE),
    "one long string": (
        lambda: book(GOOD, strings=strings(f"<si><t>{'a' * 100_000_000}</t></si>")),
        TOO_LONG,
    ),
    "one string of many runs": (
        lambda: book(GOOD, strings=strings(f"<si>{'<r><t>a</t></r>' * 500_000}</si>")),
        TOO_LONG,
    ),
    "runs inside each other": (
        lambda: book(GOOD, strings=strings(f"<si>{'<r>' * 500_000}")),
        NO_WORKBOOK,
    ),
    "one long string in each cell": (
        lambda: book(
            '<row><c t="s"><v>0</v></c><c t="s"><v>0</v></c></row>' * 100_000,
            strings=strings(f"<si><t>{'a' * 32_000}</t></si>"),
        ),
        TOO_LARGE,
    ),
    "cells of one row": (lambda: book(f"<row>{'<c/>' * 1_000_000}</row>"), NO_WORKBOOK),
    "cells of one row with values": (
        lambda: book(f"<row>{'<c><v>1</v></c>' * 1_000_000}</row>"),
        "Row 2 has more cells than a heading can have.",
    ),
    "empty cells": (lambda: book(("<row>" + '<c s="1"/>' * 16_000 + "</row>") * 300), TOO_LARGE),
    "empty rows": (lambda: book("<row/>" * 2_000_000), TOO_LARGE),
    "rows inside each other": (lambda: book("<row>" * 2_000_000), NO_WORKBOOK),
    "names": (lambda: book("".join(f"<a{n}/>" for n in range(200_000))), NO_WORKBOOK),
    "a long tag": (
        lambda: book(f'<row><c s="{"1" * 100_000_000}"/></row>'),
        NO_WORKBOOK,
    ),
    "a long comment": (lambda: book(f"<!--{'a' * 100_000_000}-->"), NO_WORKBOOK),
    "white space": (lambda: book(" " * 300_000_000), TOO_LARGE),
    "entities": (lambda: book(sheet=entities()), NO_WORKBOOK),
    "parts": (many_parts, "The workbook has too many parts."),
    "long names of parts": (long_names, "The workbook has too many parts."),
    "another method": (lambda: book(GOOD, method=zipfile.ZIP_LZMA), NO_WORKBOOK),
    "a row far away": (lambda: book('<row r="99999999999"><c><v>1</v></c></row>'), NO_WORKBOOK),
    "a row past all numbers": (lambda: book('<row r="1e999"><c><v>1</v></c></row>'), NO_WORKBOOK),
    "a column far away": (lambda: book('<row><c r="XFE2"><v>1</v></c></row>'), NO_WORKBOOK),
    "a column past the alphabet": (
        lambda: book(f'<row><c r="{"A" * 1000}2"><v>1</v></c></row>'),
        NO_WORKBOOK,
    ),
    "a string that is not there": (lambda: book('<row><c t="s"><v>9</v></c></row>'), NO_WORKBOOK),
    "a string before the first": (lambda: book('<row><c t="s"><v>-1</v></c></row>'), NO_WORKBOOK),
}


@pytest.fixture(scope="module", params=WORKBOOKS)
def bomb(request: pytest.FixtureRequest) -> tuple[bytes, int | str]:
    make, expected = WORKBOOKS[request.param]
    return make(), expected


@contextmanager
def in_memory_of(megabytes: int) -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < megabytes * 1_000_000, f"{peak / 1e6:.0f} MB"


def test_a_workbook_that_unpacks_to_much_costs_little(bomb: tuple[bytes, int | str]) -> None:
    content, expected = bomb
    begin = time.thread_time()

    came = read(content)

    took = time.thread_time() - begin
    assert came == expected
    assert took < SECONDS, f"{took:.1f} s"


def test_a_workbook_that_unpacks_to_much_needs_little_memory(
    bomb: tuple[bytes, int | str],
) -> None:
    content, expected = bomb

    with in_memory_of(MEGABYTES):
        assert read(content) == expected


@pytest.mark.parametrize("last", ["XFD2", "XFD1048576"])
def test_a_formatted_cell_far_to_the_right_costs_nothing(last: str) -> None:
    letters = last.rstrip("0123456789")
    rows = "".join(
        f'<row r="{number}"><c r="A{number}"><v>1</v></c><c r="{letters}{number}" s="1"/></row>'
        for number in range(2, 1002)
    )
    begin = time.thread_time()

    assert read(book(rows)) == 1000
    assert time.thread_time() - begin < 1


def test_an_honest_workbook_is_far_from_the_limits() -> None:
    """Shared strings, few of them different, and a format on every cell: packed most tightly."""
    rows = "".join(
        f'<row r="{n}">'
        + "".join(f'<c r="{column}{n}" s="1" t="s"><v>0</v></c>' for column in "ABC")
        + "</row>"
        for n in range(2, 100_002)
    )

    assert read(book(rows)) == 100_000


TABLES: dict[str, tuple[Callable[[], str], str]] = {
    "columns": (
        lambda: ",".join(f"c{n}" for n in range(30_000)) + "\n",
        "c9 and 29990 more.",
    ),
    "a column again and again": (lambda: "mentor_id," * 15_000 + "\n", "has mentor_id twice."),
    "a long name": (lambda: "n" * 100_000 + "\n", f"the unknown {'n' * 60}…."),
    "a heading without end": (lambda: "a" * 20_000_000, "A row has more than 200000 characters."),
    "a long cell": (
        lambda: CSV_HEADING + "a" * 20_000_000,
        "A row has more than 200000 characters.",
    ),
    "a cell over the limit": (
        lambda: CSV_HEADING + "a" * 150_000,
        "The file is no CSV: field larger than field limit (131072).",
    ),
    "cells of one row": (
        lambda: CSV_HEADING + "," * 20_000_000,
        "A row has more than 200000 characters.",
    ),
    "a row of many lines": (
        lambda: CSV_HEADING + 'a,"\n",' * 3_000_000,
        "A row has more than 200000 characters.",
    ),
    "a quote that never ends": (
        lambda: CSV_HEADING + '"' + "a\n" * 10_000_000,
        "The file is no CSV: field larger than field limit (131072).",
    ),
    "empty lines": (
        lambda: CSV_HEADING + "\n" * 20_000_000,
        f"The file has more than {MOST_BLANK_ROWS} empty rows.",
    ),
}


@pytest.mark.parametrize("kind", TABLES)
def test_a_csv_file_that_is_wide_or_long_costs_little(kind: str) -> None:
    make, expected = TABLES[kind]
    content = make().encode()
    begin = time.thread_time()

    came = read(content, "t.csv")

    took = time.thread_time() - begin
    assert str(came).endswith(expected)
    assert len(str(came)) < 2_000
    assert took < SECONDS, f"{took:.1f} s"


@pytest.mark.django_db
def test_the_desk_says_what_is_wrong_with_a_bomb(desk: Client) -> None:
    workbook = book(GOOD, styles=styles("<xf/>" * 2_000_000))
    heading = ",".join(f"c{n}" for n in range(20_000))

    assert NO_WORKBOOK in upload(desk, CERTIFICATIONS, workbook, "t.xlsx")
    assert "and 19990 more" in upload(desk, CERTIFICATIONS, heading + "\n")


@pytest.mark.django_db
def test_the_desk_imports_rows_that_the_file_denies(desk: Client) -> None:
    rows = "".join(row(f"m-{number}", "t", "2030-01-01") for number in range(5))
    content = book(sheet=sheet(rows, before='<dimension ref="A1:C3"/>'))

    page = upload(desk, CERTIFICATIONS, content, "t.xlsx")

    assert "Import 5 rows" in " ".join(page.split())


def test_the_relationships_of_a_part_that_is_not_there_are_no_loop() -> None:
    assert read(book(workbook_rels=relationships(worksheet="../../../../x"))) == NO_WORKBOOK
