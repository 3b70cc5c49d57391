"""The database as one file: SQLite by its online backup, PostgreSQL by its own tools."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

from django.db import connection


class BackupError(Exception):
    """It can't be done; the text says why."""


def is_empty() -> bool:
    """Whether the database has no table."""
    return not connection.introspection.table_names()


def dump(target: Path) -> None:
    """Write the database as it is at one moment to `target`, while others go on writing."""
    if connection.vendor == "postgresql":
        _run(["pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}"])
        return
    connection.ensure_connection()
    with sqlite3.connect(target) as copy:
        connection.connection.backup(copy)
    copy.close()


def load(source: Path) -> None:
    """Put what `dump` wrote in the place of what the database has; all of it or nothing."""
    if connection.vendor == "postgresql":
        options = ["--clean", "--if-exists", "--no-owner", "--no-privileges"]
        connection.close()
        name = str(connection.settings_dict["NAME"])
        strict = ["--single-transaction", "--exit-on-error", f"--dbname={name}"]
        _run(["pg_restore", *options, *strict, str(source)])
        return
    connection.ensure_connection()
    with sqlite3.connect(source) as copy:
        copy.backup(connection.connection)
    copy.close()
    connection.close()


def _run(command: list[str]) -> None:
    """Run a tool of PostgreSQL against our database; `BackupError` with what it says otherwise."""
    tool = shutil.which(command[0])
    if tool is None:
        raise BackupError(
            f"{command[0]} is not installed; it comes with PostgreSQL's client "
            "(postgresql-client), of the server's version or newer."
        )
    outcome = subprocess.run(  # noqa: S603 (our own arguments)
        [tool, *command[1:]], env=_environment(), capture_output=True, text=True, check=False
    )
    if outcome.returncode:
        raise BackupError(f"{command[0]} failed: {outcome.stderr.strip()}")


def _environment() -> dict[str, str]:
    """Where the database is, by variables: arguments stand in everybody's list of processes."""
    known: dict[str, Any] = connection.settings_dict
    places = {
        "PGDATABASE": known["NAME"],
        "PGHOST": known["HOST"],
        "PGPORT": known["PORT"],
        "PGUSER": known["USER"],
        "PGPASSWORD": known["PASSWORD"],
        "PGSSLMODE": known["OPTIONS"].get("sslmode"),
        "PGSSLROOTCERT": known["OPTIONS"].get("sslrootcert"),
    }
    return {**os.environ, **{name: str(value) for name, value in places.items() if value}}
