"""Tables: checked as a whole, written whole or not at all, and taken out again."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from openpyxl import Workbook, load_workbook

from certifications.models import Certification, CertificationType, Mentor, Renewal
from certifications.services.transfers import (
    CertificationImporter,
    MentorImporter,
    RenewalImporter,
)
from config.import_export.errors import UnreadableFile
from config.transfer import importing
from config.transfer.importing import Importer, Report, check_table, import_table
from tests.factories import (
    CertificationFactory,
    MentorFactory,
    OrganisationFactory,
    RenewalFactory,
)

NOW = datetime(2026, 3, 26, 10, 0, tzinfo=UTC)
NO_DATE = (
    "It is no date that can be read without guessing. Write year-month-day, such as 2028-01-31, "
    "or give the cell the format of a date."
)
HEADING = "mentor_id,certification_type,status,issued_at,expires_at\n"

pytestmark = pytest.mark.django_db


def run(
    importer: type[Importer], text: str, name: str = "table.csv", *, write: bool = True
) -> Report:
    rows, file = importer(None, NOW, "Import of table.csv"), io.BytesIO(text.encode())
    if not write:
        return check_table(rows, file, name)
    return import_table(rows, file, name, may_register=True)


def faults(report: Report) -> list[tuple[int, str, str]]:
    return [(fault.row, fault.column, str(fault.detail)) for fault in report.faults]


# Certifications


def test_a_table_makes_changes_and_leaves_certifications() -> None:
    stands = CertificationFactory.create(
        mentor__id="m-1", expires_at=datetime(2026, 5, 1, tzinfo=UTC)
    )
    CertificationFactory.create(mentor__id="m-2", expires_at=datetime(2026, 6, 1, tzinfo=UTC))
    kind = stands.certification_type_id

    report = run(
        CertificationImporter,
        "mentor_id,certification_type,expires_at\n"
        f"m-1,{kind},2027-05-01\nm-2,{kind},2026-06-01\nm-3,brand_new,2027-01-01T12:00:00+02:00\n",
    )

    assert (report.counts, report.rows) == ({"new": 1, "changed": 1, "same": 1}, 3)
    stands.refresh_from_db()
    made = Certification.objects.get(mentor="m-3")
    assert stands.expires_at == datetime(2027, 5, 1, tzinfo=UTC)
    assert (made.expires_at, made.issued_at, made.status) == (
        datetime(2027, 1, 1, 10, tzinfo=UTC),
        NOW,
        "active",
    )
    assert CertificationType.objects.filter(code="brand_new").exists()
    changed, new = stands.history.order_by("pk").last(), made.history.get()
    assert (changed.history_type, changed.history_change_reason) == ("~", "Import of table.csv")
    assert (new.history_type, new.expires_at) == ("+", made.expires_at)
    assert Mentor.history.get(id="m-3").history_type == "+"
    assert Certification.history.filter(mentor_id="m-2").count() == 1


def test_every_fault_is_named_with_row_and_column_and_nothing_is_written() -> None:
    report = run(
        CertificationImporter,
        HEADING
        + "m-1,t,active,,2027-01-01\n"
        + "m 2,t,active,,2027-01-01\n"
        + ",t,gone,soon,never\n"
        + "m-4,t,,2027-01-01,2026-01-01\n"
        + "m-1,t,,,2028-01-01\n",
    )

    assert faults(report) == [
        (3, "mentor_id", "Use 1 to 64 letters, digits, or characters of “._~-”."),
        (4, "mentor_id", "It must not be empty."),
        (4, "status", "Choose one of active, expired, suspended, revoked."),
        (4, "issued_at", NO_DATE),
        (4, "expires_at", NO_DATE),
        (5, "expires_at", "It has to be later than the date of issue, 2027-01-01T00:00:00Z."),
        (6, "mentor_id", "Row 2 is about the same."),
    ]
    assert not Certification.objects.exists()
    assert not Mentor.objects.exists()


def test_a_fault_at_the_end_takes_back_what_came_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "CHUNK", 2)
    lines = [f"m-{number},t,active,,2027-01-01\n" for number in range(7)]

    report = run(CertificationImporter, HEADING + "".join(lines) + "m-7,t,active,,x\n")

    assert [fault.row for fault in report.faults] == [9]
    assert not Certification.objects.exists()
    assert not Certification.history.exists()


def test_keys_that_stand_twice_are_found_across_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "CHUNK", 2)
    ids = ["a", "b", "c", "d", "a", "b", "e"]

    report = run(
        CertificationImporter, HEADING + "".join(f"{each},t,,,2027-01-01\n" for each in ids)
    )

    assert faults(report) == [
        (6, "mentor_id", "Row 2 is about the same."),
        (7, "mentor_id", "Row 3 is about the same."),
    ]


def test_checking_says_what_would_change_and_changes_nothing() -> None:
    row = CertificationFactory.create(
        mentor__id="m-1",
        issued_at=datetime(2025, 5, 1, tzinfo=UTC),
        expires_at=datetime(2026, 5, 1, tzinfo=UTC),
    )
    text = HEADING + f"m-1,{row.certification_type_id},suspended,,2026-07-01\n"

    report = run(CertificationImporter, text, write=False)

    assert report.differences == [
        (
            2,
            "changed",
            {
                "status": ("active", "suspended"),
                "expires_at": ("2026-05-01T00:00:00Z", "2026-07-01T00:00:00Z"),
            },
        )
    ]
    row.refresh_from_db()
    assert row.status == "active"


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("t.txt", b"x", "has to end in .csv or .xlsx"),
        ("t.csv", b"", "The file is empty."),
        ("t.csv", b"mentor_id,status\n", "lacks certification_type, expires_at"),
        (
            "t.csv",
            b"mentor_id,certification_type,expires_at,colour,mentor_id\n",
            "has the unknown colour; it has mentor_id twice",
        ),
        ("t.csv", b"mentor_id,certification_type,expires_at\n1,2,3,4\n", "Row 2 has more cells"),
        ("t.csv", b"mentor_id,certification_type,expires_at\n\x81\xe5,", "not text in UTF-8"),
        ("t.csv", b"\xef\xbb\xbfmentor_id,certification_type,expires_at\n\xe5,", "not text in UTF"),
        ("t.csv", "mentor_id,å".encode() + b"\n\xe5,", "in UTF-8 and some are not"),
        ("t.xlsx", b"no zip", "The file is no workbook."),
    ],
)
def test_what_is_no_such_table_is_refused(name: str, content: bytes, complaint: str) -> None:
    with pytest.raises(UnreadableFile) as refused:
        check_table(CertificationImporter(None, NOW), io.BytesIO(content), name)

    assert complaint in refused.value.detail


def test_semicolons_byte_order_marks_and_workbooks_are_understood() -> None:
    text = "\ufeffmentor_id;certification_type;expires_at\nm-1;t;2027-01-01\n\n"
    workbook = Workbook()
    workbook.active.append(["mentor_id", "certification_type", "expires_at"])
    workbook.active.append(["m-2", "t", datetime(2027, 1, 1)])
    file = io.BytesIO()
    workbook.save(file)
    file.seek(0)

    run(CertificationImporter, text)
    import_table(CertificationImporter(None, NOW), file, "t.xlsx", may_register=True)

    expiries = Certification.objects.order_by("mentor").values_list("mentor", "expires_at")
    day = datetime(2027, 1, 1, tzinfo=UTC)
    assert list(expiries) == [("m-1", day), ("m-2", day)]


# Mentors


def test_mentors_keep_what_the_table_has_no_column_for() -> None:
    MentorFactory.create(id="m-1", name="Kari", email="kari@example.org", language="nb")

    report = run(MentorImporter, "mentor_id,name,organisation_id\nm-1,Kari N.,oslo\nm-2,,\n")

    kari = Mentor.objects.get(id="m-1")
    assert report.counts == {"new": 1, "changed": 1, "same": 0}
    assert (kari.name, kari.email, kari.language, kari.organisation_id) == (
        "Kari N.",
        "kari@example.org",
        "nb",
        "oslo",
    )
    assert kari.history.order_by("pk").last().name == "Kari N."


def test_faults_of_mentors_are_named() -> None:
    report = run(MentorImporter, "mentor_id,email,language,public_badges\nexpiring,no,de,maybe\n")

    assert [fault.column for fault in report.faults] == [
        "mentor_id",
        "email",
        "language",
        "public_badges",
    ]


# Renewals


def test_renewals_follow_the_rules_of_the_service() -> None:
    row = CertificationFactory.create(
        mentor__id="m-1",
        issued_at=datetime(2025, 1, 1, tzinfo=UTC),
        expires_at=datetime(2026, 1, 1, tzinfo=UTC),
        status="expired",
    )
    RenewalFactory.create(
        certification=row,
        renewed_at=datetime(2025, 1, 1, tzinfo=UTC),
        expires_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    kind = row.certification_type_id

    report = run(
        RenewalImporter,
        "mentor_id,certification_type,renewed_at,expires_at\n"
        f"m-1,{kind},2026-02-01,2027-02-01\n"
        f"m-1,{kind},2025-01-01,2026-01-01\n"
        f"m-1,{kind},2024-01-01,2025-01-01\n",
    )

    row.refresh_from_db()
    assert report.counts == {"new": 2, "changed": 0, "same": 1}
    assert (row.status, row.issued_at.year, row.expires_at.year) == ("active", 2026, 2027)
    assert row.renewals.count() == 3
    assert Renewal.history.count() == 3
    assert row.history.order_by("pk").last().expires_at.year == 2027


def test_renewals_that_can_not_be_are_named() -> None:
    revoked = CertificationFactory.create(mentor__id="m-1", status="revoked")
    row = CertificationFactory.create(mentor__id="m-2")
    RenewalFactory.create(certification=row, renewed_at=datetime(2026, 1, 1, tzinfo=UTC))
    kind = revoked.certification_type_id

    report = run(
        RenewalImporter,
        "mentor_id,certification_type,renewed_at,expires_at\n"
        f"m-1,{kind},2026-02-01,2027-02-01\n"
        f"m-2,{kind},2026-02-01,2025-02-01\n"
        f"m-2,{kind},2026-01-01,2030-02-01\n"
        f"m-3,{kind},2026-01-01,2030-02-01\n",
    )

    assert [(fault.row, fault.column) for fault in report.faults] == [
        (2, ""),
        (3, "expires_at"),
        (4, ""),
        (5, "mentor_id"),
    ]


# The commands


def test_what_is_exported_is_imported_as_the_same(tmp_path: Path) -> None:
    for name in ("=1+1", "@cmd", "'quoted", "plain"):
        CertificationFactory.create(
            certification_type__code=name, expires_at=datetime(2027, 3, 1, tzinfo=UTC)
        )

    for suffix in ("csv", "xlsx"):
        file = tmp_path / f"all.{suffix}"
        call_command("export_certifications", str(file))
        importer = CertificationImporter(None, NOW)
        with file.open("rb") as table:
            report = check_table(importer, table, file.name)

        assert report.counts == {"new": 0, "changed": 0, "same": 4}, report.faults


def test_formulas_are_neutralised_in_exports(tmp_path: Path) -> None:
    CertificationFactory.create(certification_type__code="=HYPERLINK(1)")
    csv_file, xlsx_file = tmp_path / "a.csv", tmp_path / "a.xlsx"

    call_command("export_certifications", str(csv_file))
    call_command("export_certifications", str(xlsx_file))

    cell = load_workbook(xlsx_file).worksheets[0]["B2"]
    assert ",'=HYPERLINK(1)," in csv_file.read_text(encoding="utf-8-sig")
    assert (cell.value, cell.data_type) == ("'=HYPERLINK(1)", "s")


def test_the_command_imports_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "t.csv"
    file.write_text(HEADING + "m-1,t,active,,2027-01-01\n")

    call_command("import_certifications", str(file), "--dry-run")
    with pytest.raises(
        CommandError, match=r"new mentor: m-1\n.*certification type: t\n.*--register"
    ):
        call_command("import_certifications", str(file))
    between = Certification.objects.count()
    call_command("import_certifications", str(file), "--register")

    assert between == 0
    assert Certification.objects.count() == 1
    assert capsys.readouterr().out.splitlines() == [
        "row 2, new mentor: m-1",
        "row 2, new certification type: t",
        "1 would be new, 0 changed, 0 the same.",
        "1 new, 0 changed, 0 the same.",
    ]


def test_the_command_names_faults_and_fails(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text(HEADING + "m-1,t,active,,soon\n")

    with pytest.raises(CommandError) as refused:
        call_command("import_certifications", str(file))
    with pytest.raises(CommandError, match="can't be read"):
        call_command("import_certifications", str(tmp_path / "none.csv"))

    assert "Nothing was imported." in str(refused.value)
    assert "row 2, expires_at “soon”: It is no date that can be read" in str(refused.value)


def test_organisations_are_known_after_an_import_of_mentors() -> None:
    OrganisationFactory.create(id="known", name="Known")

    run(MentorImporter, "mentor_id,organisation_id\na,known\nb,fresh\n")

    assert list(Mentor.objects.order_by("id").values_list("organisation__name", flat=True)) == [
        "Known",
        "fresh",
    ]
