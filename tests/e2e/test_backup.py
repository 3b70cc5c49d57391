"""Backup and restore, on both databases, by the commands."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.e2e.conftest import NewStack
from tests.e2e.stack import Stack

MENTORS = "from certifications.models import Mentor; print(Mentor.objects.count())"


def files_of(stack: Stack) -> Path:
    return stack.var_dir / "attachments"


def filled(new_stack: NewStack) -> Stack:
    """An installation with three mentors and an attachment's file."""
    stack = new_stack()
    stack.shell("from tests.e2e import seed; seed.mentors(3)")
    folder = files_of(stack) / "2026" / "11"
    folder.mkdir(parents=True)
    (folder / "diploma.pdf").write_bytes(b"%PDF-1.7 diploma")
    return stack


def empty(stack: Stack) -> Stack:
    """The stack with a database that has no table."""
    if stack.backend == "embedded":
        for path in stack.var_dir.glob("certkeep.sqlite3*"):
            path.unlink()
    else:
        stack.shell(
            "from django.db import connection;"
            "connection.cursor().execute('DROP SCHEMA public CASCADE; CREATE SCHEMA public')"
        )
    return stack


def backup(stack: Stack, path: Path) -> None:
    outcome = stack.manage("backup", str(path))
    assert outcome.returncode == 0, outcome.stderr


def test_what_was_backed_up_is_restored_into_an_empty_database(
    new_stack: NewStack, tmp_path: Path
) -> None:
    stack = filled(new_stack)
    backup(stack, tmp_path / "all.backup")
    other = empty(new_stack())

    outcome = other.manage("restore", str(tmp_path / "all.backup"))

    assert outcome.returncode == 0, outcome.stderr
    assert "Restored what was there at 20" in outcome.stdout
    assert other.shell(MENTORS) == "3"
    assert (files_of(other) / "2026/11/diploma.pdf").read_bytes() == b"%PDF-1.7 diploma"
    assert other.manage("migrate", "--check").returncode == 0
    other.start_web()
    assert other.get("/api/v1/certifications").body["pagination"]["total"] == 3
    assert other.create_job() == "cron-001"


def test_a_database_with_something_in_it_is_replaced_by_force_alone(
    new_stack: NewStack, tmp_path: Path
) -> None:
    backup(filled(new_stack), tmp_path / "all.backup")
    other = new_stack()
    other.shell("from tests.e2e import seed; seed.mentors(5)")

    refused = other.manage("restore", str(tmp_path / "all.backup"))
    assert refused.returncode == 1
    assert "The database is not empty; --force replaces" in refused.stderr
    assert other.shell(MENTORS) == "5"

    forced = other.manage("restore", "--force", str(tmp_path / "all.backup"))
    assert forced.returncode == 0, forced.stderr
    assert other.shell(MENTORS) == "3"


def test_a_backup_is_whole_for_its_owner_alone_and_overwrites_nothing(
    new_stack: NewStack, tmp_path: Path
) -> None:
    stack = filled(new_stack)
    path = tmp_path / "all.backup"
    backup(stack, path)

    again = stack.manage("backup", str(path))

    assert path.stat().st_mode & 0o077 == 0
    assert again.returncode == 1
    assert "is there already" in again.stderr
    assert list(tmp_path.glob("*.part")) == []
    with tarfile.open(path) as tar:
        names = set(tar.getnames())
    assert {"manifest.json", "database", "attachments/2026/11/diploma.pdf"} <= names
    if stack.backend == "services":
        assert not any(name.startswith("keys/") for name in names)


@pytest.mark.parametrize("content", [b"", b"no backup at all", b"\x1f\x8b\x08broken"])
def test_what_is_no_backup_changes_nothing(
    content: bytes, new_stack: NewStack, tmp_path: Path
) -> None:
    stack = filled(new_stack)
    (tmp_path / "bad").write_bytes(content)

    outcome = stack.manage("restore", "--force", str(tmp_path / "bad"))

    assert outcome.returncode == 1
    assert "is no backup, or a broken one" in outcome.stderr
    assert "Traceback" not in outcome.stderr
    assert stack.shell(MENTORS) == "3"


@pytest.mark.parametrize("backend", ["embedded"], indirect=True)
def test_the_keys_of_the_embedded_default_come_back(new_stack: NewStack, tmp_path: Path) -> None:
    stack, other = filled(new_stack), empty(new_stack())
    pem = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    keys = {"secret-key": b"a key that signs sessions", "badge-signing-key.pem": pem}
    for name, key in keys.items():
        (stack.var_dir / name).write_bytes(key)
    backup(stack, tmp_path / "all.backup")

    outcome = other.manage("restore", str(tmp_path / "all.backup"))

    assert outcome.returncode == 0, outcome.stderr
    for name, key in keys.items():
        assert (other.var_dir / name).read_bytes() == key
        assert (other.var_dir / name).stat().st_mode & 0o077 == 0


@pytest.mark.services
@pytest.mark.parametrize("backend", ["services"], indirect=True)
def test_without_postgresqls_client_the_command_says_what_is_missing(
    new_stack: NewStack, tmp_path: Path
) -> None:
    stack = new_stack()
    stack.environment["PATH"] = str(tmp_path)

    outcome = stack.manage("backup", str(tmp_path / "all.backup"))

    assert outcome.returncode == 1
    assert "pg_dump is not installed" in outcome.stderr
