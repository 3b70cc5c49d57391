"""Archives that are no backups: refused by name, before anything is touched."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from certifications.models import Mentor
from tests.factories import MentorFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def house(settings: Settings, tmp_path: Path) -> Iterator[Path]:
    """An installation with a database, a key and an attachment, which has to stay as it is."""
    settings.VAR_DIR = tmp_path / "var"
    settings.ATTACHMENTS_DIR = settings.VAR_DIR / "attachments"
    settings.EMBEDDED = True
    settings.BADGE_SIGNING_KEY_FILE = str(settings.VAR_DIR / "badge-signing-key.pem")
    settings.ATTACHMENTS_DIR.mkdir(parents=True)
    (settings.ATTACHMENTS_DIR / "diploma.pdf").write_text("diploma")
    (settings.VAR_DIR / "secret-key").write_text("secret")
    MentorFactory.create(id="stays")

    yield settings.VAR_DIR

    assert {path.name: path.read_text() for path in tmp_path.rglob("*") if is_ours(path)} == {
        "diploma.pdf": "diploma",
        "secret-key": "secret",
    }
    assert Mentor.objects.get().pk == "stays"


def is_ours(path: Path) -> bool:
    return path.is_file() and path.suffix != ".backup"


def info(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, link
    return member


def archive(tmp_path: Path, *members: tarfile.TarInfo, manifest: object = None) -> Path:
    """A backup but for these members, which come at its end."""
    note = {"format": 1, "database": connection.vendor, "made_at": "2026-03-26T10:00:00+00:00"}
    said = json.dumps(note if manifest is None else manifest).encode()
    path = tmp_path / "all.backup"
    with tarfile.open(path, "w:gz") as tar:
        for name, content in (("manifest.json", said), ("database", b"no database")):
            member = info(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
        for member in members:
            content = b"evil" if member.isreg() else b""
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return path


def complaint(path: Path) -> str:
    with pytest.raises(CommandError) as refused:
        call_command("restore", str(path), force=True)
    return str(refused.value)


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "attachments/../../evil",
        "attachments/2026/../../../evil",
        "keys/../evil.pem",
        "/etc/evil",
        "//evil",
        "/attachments/evil",
        "evil",
        "evil/evil.pem",
        "attachments",
        "keys",
        "keys/certkeep.sqlite3",
        "keys/broker/queue/evil.msg",
        "keys/static/evil.js",
        "manifest.json/evil",
        "database/evil",
        ".",
        "attachments/..",
    ],
)
def test_a_name_that_no_backup_has_is_refused_by_name(tmp_path: Path, name: str) -> None:
    said = complaint(archive(tmp_path, info(name)))

    assert "is no backup, or a broken one" in said
    assert f"{name!r} does not belong in a backup" in said


@pytest.mark.parametrize(
    "kind",
    [
        tarfile.SYMTYPE,
        tarfile.LNKTYPE,
        tarfile.CHRTYPE,
        tarfile.BLKTYPE,
        tarfile.FIFOTYPE,
        tarfile.DIRTYPE,
    ],
)
@pytest.mark.parametrize("link", ["/etc/passwd", "../../secret-key", "manifest.json"])
def test_what_is_no_plain_file_is_refused_by_name(tmp_path: Path, kind: bytes, link: str) -> None:
    said = complaint(archive(tmp_path, info("attachments/evil", kind, link)))

    assert "'attachments/evil' does not belong in a backup" in said


def test_a_link_that_is_followed_by_a_file_under_it_is_refused(tmp_path: Path) -> None:
    said = complaint(
        archive(
            tmp_path,
            info("attachments/out", tarfile.SYMTYPE, str(tmp_path)),
            info("attachments/out/evil"),
        )
    )

    assert "'attachments/out' does not belong in a backup" in said


@pytest.mark.parametrize("name", ["manifest.json", "database"])
def test_a_file_that_is_there_twice_is_refused(tmp_path: Path, name: str) -> None:
    assert f"{name!r} is in it twice" in complaint(archive(tmp_path, info(name)))


@pytest.mark.parametrize("manifest", [[], "text", {}, {"format": 1}, {"format": 2}])
def test_a_manifest_that_says_nothing_is_refused(tmp_path: Path, manifest: object) -> None:
    assert "manifest.json is not one of a backup" in complaint(archive(tmp_path, manifest=manifest))


def test_an_archive_without_a_database_replaces_none(tmp_path: Path) -> None:
    path = tmp_path / "all.backup"
    with tarfile.open(path, "w:gz") as tar:
        tar.addfile(info("attachments/new.pdf"), io.BytesIO(b""))

    assert "it has no database" in complaint(path)


@pytest.mark.parametrize(
    "content", [b"", b"text", gzip.compress(b"text", mtime=0), gzip.compress(b"", mtime=0)]
)
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "all.backup"
    path.write_bytes(content)

    assert "is no backup, or a broken one" in complaint(path)
