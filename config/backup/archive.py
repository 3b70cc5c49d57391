"""The file of a backup: a tar with a manifest, the database, attachments, and keys of `var/`.

Files come first, then the database, then the files that are new since: whatever the rows name has
its file, though uploads and deletions go on meanwhile. A backup appears whole or not at all.
"""

from __future__ import annotations

import json
import os
import tarfile
import tempfile
import zlib
from collections.abc import Collection, Iterator
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from django.conf import settings
from django.db import connection

from config.backup import databases
from config.backup.databases import BackupError

MANIFEST, DATABASE = "manifest.json", "database"
ATTACHMENTS, KEYS = "attachments", "keys"
FORMAT = 1


def write_backup(target: Path, *, now: datetime) -> dict[str, int]:
    """Write a backup to `target`; how many attachments and keys are in it. `BackupError`.

    The file is for its owner alone: it has everything.
    """
    if target.exists():
        raise BackupError(f"{target} is there already.")
    if not target.parent.is_dir():
        raise BackupError(f"There is no folder {target.parent}.")
    draft = target.with_name(f"{target.name}.part")
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            counted = _write(file, now)
        draft.rename(target)
    finally:
        draft.unlink(missing_ok=True)
    return counted


def _write(file: Any, now: datetime) -> dict[str, int]:
    manifest = {"format": FORMAT, "database": connection.vendor, "made_at": now.isoformat()}
    with (
        tempfile.TemporaryDirectory() as folder,
        tarfile.open(fileobj=file, mode="w:gz", compresslevel=1) as tar,
    ):
        note, copy = Path(folder, MANIFEST), Path(folder, DATABASE)
        note.write_text(json.dumps(manifest))
        tar.add(note, MANIFEST)
        added: set[Path] = set()
        _add_attachments(tar, added)
        databases.dump(copy)
        tar.add(copy, DATABASE)
        _add_attachments(tar, added)
        keys = list(_keys())
        for path in keys:
            tar.add(path, f"{KEYS}/{path.relative_to(settings.VAR_DIR).as_posix()}")
    return {"attachments": len(added), "keys": len(keys)}


def _add_attachments(tar: tarfile.TarFile, added: set[Path]) -> None:
    """Add the files that are not in yet; one that is deleted in this moment is left out."""
    if settings.ATTACHMENTS_S3_BUCKET:
        return
    for path in sorted(settings.ATTACHMENTS_DIR.rglob("*")):
        if path in added or not path.is_file():
            continue
        name = f"{ATTACHMENTS}/{path.relative_to(settings.ATTACHMENTS_DIR).as_posix()}"
        try:
            tar.add(path, name, recursive=False)
        except FileNotFoundError:
            continue
        added.add(path)


def _keys() -> Iterator[Path]:
    """The keys that the embedded default made; those of production have their place elsewhere."""
    if settings.EMBEDDED:
        yield from (path for path in _key_files() if path.is_file())


def _key_files() -> Iterator[Path]:
    """Where keys in `var/` are, if there are any."""
    yield settings.VAR_DIR / "secret-key"
    for name in (settings.BADGE_SIGNING_KEY_FILE, *settings.BADGE_FORMER_KEY_FILES):
        path = Path(name).resolve()
        if name and path.is_relative_to(settings.VAR_DIR):
            yield path


def read_backup(source: Path, *, force: bool) -> dict[str, Any]:
    """Put a backup in the place of what is there; what its manifest says. `BackupError`.

    A database that has tables is replaced only with `force`. Nothing is changed before the whole
    backup was read. Files that are there and not in the backup stay.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            with tarfile.open(source, "r:gz") as tar:
                _unpack(tar, folder)
            manifest = _manifest(folder / MANIFEST)
        except (OSError, EOFError, zlib.error, tarfile.TarError, ValueError) as error:
            raise BackupError(f"{source} is no backup, or a broken one: {error}") from error
        if manifest["format"] != FORMAT:
            raise BackupError(f"{source} has another format: {manifest['format']}.")
        if manifest["database"] != connection.vendor:
            raise BackupError(f"The backup is of {manifest['database']}, not {connection.vendor}.")
        if not (force or databases.is_empty()):
            raise BackupError("The database is not empty; --force replaces what is in it.")
        databases.load(folder / DATABASE)
        if not settings.ATTACHMENTS_S3_BUCKET:
            _place(
                folder / ATTACHMENTS,
                settings.ATTACHMENTS_DIR,
                mode=settings.FILE_UPLOAD_PERMISSIONS,
            )
        if settings.EMBEDDED:
            _place(folder / KEYS, settings.VAR_DIR, mode=0o600)
    return manifest


def _manifest(path: Path) -> dict[str, Any]:
    """What the backup says of itself; `ValueError` where it says nothing."""
    manifest = json.loads(path.read_text())
    if not isinstance(manifest, dict) or not {"format", "database", "made_at"} <= set(manifest):
        raise ValueError(f"{MANIFEST} is not one of a backup")
    return manifest


def _unpack(tar: tarfile.TarFile, folder: Path) -> None:
    """Write the files of the archive into the folder; `ValueError` for what does not belong."""
    known_keys = {path.relative_to(settings.VAR_DIR).parts for path in _key_files()}
    for member in tar:
        path = PurePosixPath(member.name)
        if not (_is_plain(member) and _belongs(path.parts, known_keys)):
            raise ValueError(f"{member.name!r} does not belong in a backup")
        target = folder / path
        if target.exists():
            raise ValueError(f"{member.name!r} is in it twice")
        target.parent.mkdir(parents=True, exist_ok=True)
        content = tar.extractfile(member)
        if content is None:
            raise ValueError(f"{member.name!r} has no content")
        with target.open("wb") as file:
            while part := content.read(1024 * 1024):
                file.write(part)
    if not (folder / DATABASE).is_file():
        raise ValueError("it has no database")


def _is_plain(member: tarfile.TarInfo) -> bool:
    """Whether it is a file with a content and a name that leads nowhere else."""
    parts = PurePosixPath(member.name).parts
    is_file = member.isreg() and not member.issparse()
    return is_file and ".." not in parts and "/" not in parts and "\0" not in member.name


def _belongs(parts: tuple[str, ...], known_keys: Collection[tuple[str, ...]]) -> bool:
    """Whether `write_backup` gives a file such a name.

    Keys are those that this installation names, and others in PEM, which it may have named at the
    time. Nothing else of `var/` is replaced: neither its database nor its queue.
    """
    match parts:
        case (str(name),):
            return name in (MANIFEST, DATABASE)
        case (str(place), *rest):
            is_key = tuple(rest) in known_keys or rest[-1].endswith(".pem")
            return place == ATTACHMENTS or (place == KEYS and is_key)
        case _:
            return False


def _place(folder: Path, target: Path, *, mode: int) -> None:
    """Put each file of the folder into the other; each appears whole."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        place = target / path.relative_to(folder)
        place.parent.mkdir(parents=True, exist_ok=True)
        draft = place.with_name(f".{place.name}.part")
        draft.write_bytes(path.read_bytes())
        draft.chmod(mode)
        draft.replace(place)
