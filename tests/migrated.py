"""One migrated database for all processes of a run of the tests: each copies it for its own."""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.db.backends.signals import connection_created

from tests.e2e.databases import drop_database, make_database, make_file


@contextmanager
def migrated_file(factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A migrated database of SQLite."""
    folder = _folder_of_run(factory)

    def make() -> str:
        place = folder / "migrated"
        place.mkdir(exist_ok=True)
        return str(make_file(place))

    # pytest takes the folder away.
    with _shared(folder / "file.json", make, lambda path: None) as path:
        yield Path(path)


@contextmanager
def migrated_database(factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of a migrated database on PostgreSQL's server, dropped at the end of the run."""
    server_url = os.environ["DATABASE_URL"]
    with _shared(
        _folder_of_run(factory) / "database.json",
        lambda: make_database(server_url, factory.mktemp("migrating")),
        lambda name: drop_database(server_url, name),
    ) as name:
        yield name


@contextmanager
def copied_into_tests(factory: pytest.TempPathFactory) -> Iterator[None]:
    """Have the database of pytest-django begin as a copy, so that no migration is left to apply."""
    connection = connections["default"]
    if connection.vendor == "postgresql":
        with migrated_database(factory) as name:
            connection.settings_dict["TEST"]["TEMPLATE"] = name
            yield
        return
    with migrated_file(factory) as template:

        def fill(connection: Any, **_: Any) -> None:
            mine: sqlite3.Connection = connection.connection
            if not mine.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                with sqlite3.connect(template) as source:
                    source.backup(mine)

        connection_created.connect(fill)
        yield
        connection_created.disconnect(fill)


def _folder_of_run(factory: pytest.TempPathFactory) -> Path:
    """The folder that the processes of pytest-xdist have in common, or that of the only one."""
    own = factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@contextmanager
def _shared(state: Path, make: Callable[[], str], drop: Callable[[str], None]) -> Iterator[str]:
    """What `make` returned to the first of the processes that use it at once; the last drops it."""
    with _locked(state):
        value, users = json.loads(state.read_text()) if state.exists() else (make(), 0)
        state.write_text(json.dumps((value, users + 1)))
    try:
        yield value
    finally:
        with _locked(state):
            _, users = json.loads(state.read_text())
            state.write_text(json.dumps((value, users - 1)))
            if users == 1:
                drop(value)
                state.unlink()


@contextmanager
def _locked(state: Path) -> Iterator[None]:
    with state.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
