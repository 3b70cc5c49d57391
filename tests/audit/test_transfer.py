"""Entries about what was taken out and brought in, at the desk and by commands."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from openpyxl import Workbook

from config.models import AuditEvent, Upload
from tests.audit.entries import ADDRESS, entries
from tests.transfer.test_desk import body, follow

MENTORS = "/admin/certifications/mentor/"
LISTS = [
    ("certifications", "certification"),
    ("certifications", "mentor"),
    ("certifications", "renewal"),
    ("badges", "badgedefinition"),
]
SOUND = "mentor_id,certification_type,expires_at\nm1,peer_mentor_level_1,2030-01-01\n"

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(desk: Client) -> Client:
    """The superuser's browser, which comes from `ADDRESS`."""
    desk.defaults["REMOTE_ADDR"] = ADDRESS
    return desk


def test_each_list_that_is_taken_out_is_kept(boss: Client, tmp_path: Path) -> None:
    for app, model in LISTS:
        for form in ("csv", "xlsx"):
            body(boss.get(f"/admin/{app}/{model}/export-{form}", follow=True))
    call_command("export_certifications", str(tmp_path / "all.csv"))

    assert entries(AuditEvent.EXPORTED) == [
        *(("exported", "boss", ADDRESS, model) for _, model in LISTS for _ in ("csv", "xlsx")),
        ("exported", "", None, "certification"),
    ]


def test_a_table_that_is_brought_in_is_kept_by_name(boss: Client) -> None:
    book = Workbook()
    assert book.active is not None
    book.active.append(["mentor_id", "name"])
    book.active.append(["m2", "Mentor Two"])
    xlsx = io.BytesIO()
    book.save(xlsx)

    for name, content in (("people.csv", b"mentor_id,name\nm1,Mentor One\n"), ("more.xlsx", xlsx)):
        bring_in(boss, name, content if isinstance(content, bytes) else content.getvalue())

    assert entries(AuditEvent.IMPORTED) == [
        ("imported", "boss", ADDRESS, "mentor: people.csv"),
        ("imported", "boss", ADDRESS, "mentor: more.xlsx"),
    ]


def bring_in(client: Client, name: str, content: bytes) -> None:
    """Upload a table of mentors, have it checked, and import it."""
    answer: Any = client.post(f"{MENTORS}import-rows/", {"file": SimpleUploadedFile(name, content)})
    follow(client, answer["Location"])
    token = Upload.objects.latest("created_at").token
    body(client.post(f"{MENTORS}import-rows/{token}/apply/", {"register": "on"}))


def test_what_was_only_looked_at_or_found_wrong_was_not_brought_in(
    boss: Client, tmp_path: Path
) -> None:
    sound, wrong = tmp_path / "sound.csv", tmp_path / "wrong.csv"
    sound.write_text(SOUND)
    wrong.write_text(SOUND.replace("2030-01-01", "never"))

    bring_in(boss, "wrong.csv", b"mentor_id,name\n,Nobody\n")
    call_command("import_certifications", str(sound), "--dry-run")
    with pytest.raises(CommandError):
        call_command("import_certifications", str(wrong))

    assert entries(AuditEvent.IMPORTED) == []


def test_the_import_of_the_command_is_kept(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text(SOUND)

    call_command("import_certifications", str(table), "--register")

    assert entries(AuditEvent.IMPORTED) == [("imported", "", None, "certification: table.csv")]
