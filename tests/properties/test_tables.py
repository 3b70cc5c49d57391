"""Tables that people bring: imported whole, or refused with every row and column that is wrong."""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from rest_framework.test import APIClient

from certifications.api.examples import MENTOR_PUT_REQUEST
from certifications.models import Certification, Mentor
from config.api.fields import format_utc
from tests.factories import CertificationFactory
from tests.transfer.test_desk import MENTORS, body, upload

COLUMNS = ("mentor_id", "certification_type", "status", "issued_at", "expires_at")
#: For each column what can be right by itself, with what it comes to, and what can't.
SOUND: dict[str, dict[str, str]] = {
    "mentor_id": {"m-1": "m-1", " m-2 ": "m-2", "held": "held", "~.": "~."},
    "certification_type": {"first_aid": "first_aid", "Førstehjelp; ny": "Førstehjelp; ny"},
    "status": {"active": "active", "Revoked": "revoked"},
    "issued_at": {"2026-01-31": "2026-01-31T00:00:00Z", "1900-01-01": "1900-01-01T00:00:00Z"},
    "expires_at": {
        "2028-02-29": "2028-02-29T00:00:00Z",
        "2030-01-01T00:00:00+14:00": "2029-12-31T10:00:00Z",
        "2200-12-31T23:59:59Z": "2200-12-31T23:59:59Z",
    },
}
BROKEN = {
    "mentor_id": ["", "a b", "x" * 65, "m\0", "é", "expiring"],
    "certification_type": ["", "t" * 101, "\0"],
    "status": ["gone", "\0", "active,"],
    "issued_at": ["never", "2026-02-30", "0026-11-01", "0001-01-01T00:00:00+14:00", "\0"],
    "expires_at": ["", "9999-12-31", "2200-12-31T23:59:59-12:00", '"', "2027-01-01\n2028-01-01"],
}
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            name: st.sampled_from(
                # Sound ones are most, so that tables without a fault are found as well.
                [*SOUND[name]] * 6 + BROKEN[name]
            )
            for name in COLUMNS
        }
    ),
    min_size=1,
    max_size=4,
)

pytestmark = pytest.mark.django_db


@contextmanager
def taken_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def written(rows: list[dict[str, str]], names: list[str], separator: str, quoting: Any) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, names, delimiter=separator, quoting=quoting)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def imported(content: bytes, name: str = "table.csv") -> str:
    """What the command complains of; empty if it imported the table."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        try:
            silent = {"stdout": io.StringIO(), "stderr": io.StringIO()}
            call_command("import_certifications", str(path), "--register", **silent)
        except CommandError as error:
            return str(error)
    return ""


def standing() -> list[tuple[Any, ...]]:
    return list(Certification.objects.order_by("pk").values_list())


def faults_of(rows: list[dict[str, str]]) -> set[tuple[int, str]]:
    """The cells that can't be right by themselves, as the table numbers its rows."""
    return {
        (number, name)
        for number, row in enumerate(rows, start=2)
        for name in COLUMNS
        if row[name] not in SOUND[name]
    }


def doubled(rows: list[dict[str, str]]) -> bool:
    keys = [(row["mentor_id"].strip(), row["certification_type"]) for row in rows]
    return len(set(keys)) < len(keys)


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(
    rows=ROWS,
    names=st.permutations(COLUMNS),
    separator=st.sampled_from(",;\t"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def check_table(
    rows: list[dict[str, str]], names: list[str], separator: str, quoting: Any, encoding: str
) -> None:
    before = standing()
    with taken_back():
        complaint = imported(written(rows, names, separator, quoting).encode(encoding))
        wrong = faults_of(rows)
        named = {
            (int(row), column)
            for row, column in re.findall(r"^row (\d+), (\w+)[ :]", complaint, re.MULTILINE)
        }
        if wrong:
            assert named >= wrong, complaint
        assert bool(complaint) == bool(wrong) or doubled(rows), complaint
        if complaint:
            assert standing() == before
        else:
            for row in rows:
                assert_stands(row)


def assert_stands(row: dict[str, str]) -> None:
    sound = {name: SOUND[name][row[name]] for name in COLUMNS}
    kept = Certification.objects.get(
        mentor=sound["mentor_id"], certification_type=sound["certification_type"]
    )
    assert kept.status == sound["status"]
    assert format_utc(kept.issued_at) == sound["issued_at"]
    assert format_utc(kept.expires_at) == sound["expires_at"]


def test_any_table_is_imported_whole_or_named_wrong_cell_by_cell() -> None:
    CertificationFactory.create(mentor__id="held", certification_type__code="first_aid")

    check_table()


def workbook() -> bytes:
    book = Workbook()
    assert book.active is not None
    book.active.append(["mentor_id", "certification_type", "expires_at"])
    book.active.append(["m-1", "first_aid", "2030-01-01"])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


SOUND_TEXT = "mentor_id,certification_type,expires_at\nm-1,Førstehjelp,2030-01-01\n"
WORKBOOK = workbook()


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(
    content=st.binary(max_size=200)
    | st.sampled_from(["latin-1", "utf-16", "utf-32", "cp037"]).map(SOUND_TEXT.encode)
    | st.text(max_size=200).map(lambda text: (SOUND_TEXT + text).encode("utf-8", "replace"))
    | st.just(SOUND_TEXT.replace("Før", "F" * 200_000).encode()),
)
def check_csv(content: bytes) -> None:
    before = standing()
    with taken_back():
        assert not imported(content) or standing() == before


@settings(max_examples=800, suppress_health_check=[HealthCheck.too_slow])
@given(
    place=st.integers(0, len(WORKBOOK) - 1),
    instead=st.binary(max_size=8),
    length=st.integers(0, 40) | st.just(len(WORKBOOK)),
)
def check_workbook(place: int, instead: bytes, length: int) -> None:
    before = standing()
    damaged = WORKBOOK[:place] + instead + WORKBOOK[place + length :]
    with taken_back():
        assert not imported(damaged, "table.xlsx") or standing() == before


def test_what_is_no_table_changes_nothing_and_is_no_fault_of_ours() -> None:
    check_csv()
    check_workbook()


AWKWARD = ["=1+1", "'=1", "''", "-", "@x", '"', "a;b,c", "a\r\nb", "a\rb", "_x0041_"]
AWKWARD += ["\x0b", "x\x07y", "\u202e", "\ufeffa", "\uffff"]
NAMES = st.text(min_size=1, max_size=30) | st.sampled_from(AWKWARD)


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(names=st.lists(NAMES, min_size=1, max_size=5), form=st.sampled_from(["csv", "xlsx"]))
def check_round_trip(api: APIClient, desk: Client, names: list[str], form: str) -> None:
    with taken_back():
        for number, name in enumerate(names):
            answer = api.put(f"/api/v1/mentors/m{number}", MENTOR_PUT_REQUEST | {"name": name})
            assert answer.status_code == 201 or not name.strip("\0").strip() or "\0" in name
        kept = Mentor.objects.count()
        table = body(desk.get(f"{MENTORS}export-{form}/", follow=True))

        page = upload(desk, MENTORS, table, f"mentors.{form}")

        counts = re.findall(r'<span class="desk-number">(\d+)</span>', page)
        assert counts == ["0", "0", str(kept), "0"], page


def test_what_is_taken_out_is_the_same_when_it_comes_in(
    system_api: APIClient, desk: Client
) -> None:
    check_round_trip(system_api, desk)
