"""CSV as spreadsheet programs of many countries write it."""

from __future__ import annotations

import pytest
from django.test import Client

from certifications.models import Mentor
from tests.factories import CertificationFactory
from tests.transfer.test_desk import CERTIFICATIONS, MENTORS, apply, upload

TABLE = "mentor_id,name,email\nm-1,Åse Ødegård,aase@example.org\n"
SEMICOLONS = TABLE.replace(",", ";")
TABS = TABLE.replace(",", "\t")
MARK = "\ufeff"

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(TABLE.encode(), id="utf-8"),
        pytest.param((MARK + MARK + TABLE).encode(), id="two byte order marks"),
        pytest.param((MARK + MARK + '"' + TABLE.replace(",", '",', 1)).encode(), id="and quotes"),
        pytest.param(TABS.encode("utf-16"), id="unicode text of Excel"),
        pytest.param((MARK + TABLE).encode("utf-16-be"), id="utf-16, big end first"),
        pytest.param(SEMICOLONS.encode("utf-16-le"), id="utf-16 without a mark"),
        pytest.param(TABS.encode(), id="tabs"),
        pytest.param(("sep=;\r\n" + SEMICOLONS).encode("utf-8-sig"), id="sep"),
        pytest.param(("sep=\t\n" + TABS).encode("utf-16"), id="sep of a tab"),
        pytest.param(('"sep=|"\n' + TABLE.replace(",", "|")).encode(), id="sep in quotes"),
        pytest.param(("\n\n" + TABLE).encode(), id="empty rows first"),
        pytest.param(TABLE.replace("\n", "\r").encode(), id="lines of an old Macintosh"),
        pytest.param(TABLE.replace("Åse", "A\u030ase").encode(), id="marks apart"),
    ],
)
def test_it_is_read_whatever_program_wrote_it(desk: Client, content: bytes) -> None:
    page = upload(desk, MENTORS, content)
    apply(desk, page)

    assert 'id="notes"' not in page
    assert Mentor.objects.values_list("id", "name", "email").get() == (
        "m-1",
        "Åse Ødegård",
        "aase@example.org",
    )


def test_windows_1252_is_read_and_told(desk: Client) -> None:
    page = upload(desk, MENTORS, SEMICOLONS.replace("Åse", "“Åse” –").encode("cp1252"))

    apply(desk, page)

    assert "It was read as Windows-1252" in page
    assert Mentor.objects.get().name == "“Åse” – Ødegård"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (TABLE.encode() + "m-2,Bjørn,\n".encode("cp1252"), "in UTF-8 and some are not"),
        (MARK.encode() + TABLE.encode("cp1252"), "not text in UTF-8"),
        (TABLE.encode() + b"m-2,\x81\x8d\xe5,\n", "in UTF-8 and some are not"),
        (b"mentor_id,name\nm-2,\x81\n", "not text in UTF-8"),
    ],
)
def test_what_cannot_be_told_apart_is_not_guessed(desk: Client, content: bytes, why: str) -> None:
    page = upload(desk, MENTORS, content)

    assert why in page
    assert "/apply/" not in page


@pytest.mark.parametrize(
    "heading",
    [
        "Mentor_ID,NAME,E-post",
        "mentor-id, name ,Email",
        "\u200bmentor_id,name\u200b,email",
        "Likeperson,Navn,e-post",
        "Mentor ID,Name,E‑POST",
        "Ｍentor_id,name,email",
    ],
)
def test_a_heading_is_understood_as_people_write_it(desk: Client, heading: str) -> None:
    apply(desk, upload(desk, MENTORS, TABLE.replace("mentor_id,name,email", heading)))

    assert Mentor.objects.get().email == "aase@example.org"


@pytest.mark.parametrize("heading", ["mentor_id,Name,Navn", "Mentor ID,name,mentor_id"])
def test_a_column_that_stands_twice_under_two_names_is_refused(desk: Client, heading: str) -> None:
    page = upload(desk, MENTORS, f"{heading}\nm-1,Kari,Lars\n")

    assert "twice" in page
    assert not Mentor.objects.exists()


def test_rows_are_numbered_as_the_spreadsheet_shows_them(desk: Client) -> None:
    page = upload(
        desk,
        MENTORS,
        'sep=,\nmentor_id,name\nm-1,"One\nand\r\ntwo"\na b,Three\n\nm-4,Four\nc d,Five\n',
    )

    faults = page.partition('id="faults"')[2]
    assert "<td>3</td><td>mentor_id</td><td>a b</td>" in faults
    assert "<td>6</td><td>mentor_id</td><td>c d</td>" in faults


@pytest.mark.parametrize(
    ("word", "agreed"),
    [("SANN", True), ("usann", False), ("Ja", True), ("NEI", False), ("TRUE", True), ("", False)],
)
def test_truth_is_read_in_both_languages(desk: Client, word: str, agreed: bool) -> None:
    apply(desk, upload(desk, MENTORS, f"mentor_id,offentlige merker\nm-1,{word}\n"))

    assert Mentor.objects.get().public_badges is agreed


@pytest.mark.parametrize(
    "day", ["01.11.2027", "11/1/2027", "1. november 2027", "46692", "27-11-01"]
)
def test_a_date_that_is_text_is_shown_with_what_to_write(desk: Client, day: str) -> None:
    held = CertificationFactory.create()

    page = upload(
        desk,
        CERTIFICATIONS,
        "mentor_id,certification_type,expires_at\n"
        f"{held.mentor_id},{held.certification_type_id},{day}\n",
    )

    assert f"<td>2</td><td>expires_at</td><td>{day}</td>" in page
    assert "Write year-month-day, such as 2028-01-31" in page


@pytest.mark.parametrize(
    "error",
    ["#N/A", "#REF!", "#DIV/0!", "#NAME?", "#I/T", "#VERDI!", "#SPILL!", "Err:502", " #N/A "],
)
def test_the_text_of_an_error_is_no_name(desk: Client, error: str) -> None:
    page = upload(desk, MENTORS, f"mentor_id,name\nm-1,{error}\n")

    assert f"<td>name</td><td>{error.strip()}</td><td>The cell shows an error" in page
    assert "/apply/" not in page


@pytest.mark.parametrize("name", ["#1", "# Kari!", "Err: 5", "#kari?", "#A_B!"])
def test_other_texts_with_such_signs_are_names(desk: Client, name: str) -> None:
    apply(desk, upload(desk, MENTORS, f"mentor_id,name\nm-1,{name}\n"))

    assert Mentor.objects.get().name == name
