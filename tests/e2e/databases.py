"""Databases for stacks: copies of one that `manage.py migrate` has made."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import kombu
import psycopg
import redis
from amqp.exceptions import ChannelError, NotFound
from psycopg import sql

from tests.e2e.processes import REPOSITORY

SQLITE_NAME = "certkeep.sqlite3"


def base_environment(var_dir: Path) -> dict[str, str]:
    """What every process gets and nothing else: no setting of the machine leaks in."""
    return {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}/usr/local/bin:/usr/bin:/bin",
        "HOME": str(var_dir),
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        "VAR_DIR": str(var_dir),
    }


def manage(environment: dict[str, str], *args: str) -> subprocess.CompletedProcess[str]:
    """Run `manage.py` to its end."""
    return subprocess.run(
        [sys.executable, "manage.py", *args],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def migrate(environment: dict[str, str]) -> None:
    result = manage(environment, "migrate", "--verbosity", "0")
    assert result.returncode == 0, result.stderr


def make_file(folder: Path) -> Path:
    """A migrated database of SQLite in `folder`."""
    migrate(base_environment(folder))
    return folder / SQLITE_NAME


def make_database(server_url: str, folder: Path) -> str:
    """The name of a migrated database on PostgreSQL's server; `folder` is for files meanwhile."""
    name = create_database(server_url)
    # Nothing is rung for, so that the broker is that of nobody.
    migrate(base_environment(folder) | service_settings(server_url, "memory://", name))
    return name


def create_database(server_url: str, template: str = "template1") -> str:
    """The name of a new database, a copy of `template`."""
    name = f"certkeep_e2e_{uuid.uuid4().hex[:12]}"
    _execute(server_url, sql.SQL("CREATE DATABASE {} TEMPLATE {}"), name, template)
    return name


def drop_database(server_url: str, name: str) -> None:
    _execute(server_url, sql.SQL("DROP DATABASE {} WITH (FORCE)"), name)


def service_settings(server_url: str, broker_url: str, database: str) -> dict[str, str]:
    """What production has to set."""
    return {
        "DATABASE_URL": urlunsplit(urlsplit(server_url)._replace(path=f"/{database}")),
        "CELERY_BROKER_URL": broker_url,
        "CELERY_QUEUE": database,
        "SECRET_KEY": "a-secret-key-for-tests-alone-0123456789-abcdefghijklmnop",
        "ALLOWED_HOSTS": "127.0.0.1",
        "PUBLIC_API": "open",
        "EMAIL_URL": "files:",
        "DEFAULT_FROM_EMAIL": "Certkeep <certkeep@localhost>",
    }


def _execute(server_url: str, statement: sql.SQL, *names: str) -> None:
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(statement.format(*map(sql.Identifier, names)))


class EmbeddedDatabases:
    """SQLite files, copies of `template`."""

    def __init__(self, template: Path) -> None:
        self.template = template

    def create(self, var_dir: Path) -> dict[str, str]:
        """A database in `var_dir`; nothing has to be set for the embedded default to find it."""
        shutil.copy(self.template, var_dir / SQLITE_NAME)
        return {}

    @contextmanager
    def locked_schedule(self, environment: dict[str, str]) -> Iterator[None]:
        """Nobody else writes into beat's table."""
        with sqlite3.connect(Path(environment["VAR_DIR"], SQLITE_NAME)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield


class ServiceDatabases:
    """Databases on PostgreSQL's server, copies of `template`, and a broker.

    That is one Redis database, or what TEST_BROKER_URL names, with a queue for each stack.
    """

    def __init__(self, template: str) -> None:
        self.template = template
        self.server_url = os.environ["DATABASE_URL"]
        self.broker_url = os.environ.get("TEST_BROKER_URL") or _redis_url_of_this_worker()
        self._made: list[str] = []

    def create(self, var_dir: Path) -> dict[str, str]:
        """The settings of a fresh database and an empty broker."""
        name = create_database(self.server_url, self.template)
        self._made.append(name)
        settings = service_settings(self.server_url, self.broker_url, name)
        purge(settings)
        return settings

    @contextmanager
    def locked_schedule(self, environment: dict[str, str]) -> Iterator[None]:
        """Nobody else writes into beat's table."""
        with psycopg.connect(environment["DATABASE_URL"]) as connection:
            connection.execute("LOCK TABLE django_celery_beat_periodictask IN EXCLUSIVE MODE")
            yield

    def drop_all(self) -> None:
        for name in self._made:
            drop_database(self.server_url, name)


def queued(environment: Mapping[str, str]) -> int:
    """How many messages wait in the queue of tasks."""
    with kombu.Connection(environment["CELERY_BROKER_URL"]) as connection:
        channel: Any = connection.default_channel
        try:
            found = channel.queue_declare(queue=environment["CELERY_QUEUE"], passive=True)
        except ChannelError:
            return 0  # Redis knows no queue in which nothing waits
        return int(found.message_count)


def purge(environment: Mapping[str, str]) -> None:
    """Lose what waits in the broker: on Redis all that there is, else the queue of tasks."""
    url, queue = environment["CELERY_BROKER_URL"], environment["CELERY_QUEUE"]
    if url.startswith("redis:"):
        with redis.Redis.from_url(url) as client:
            client.flushdb()
        return
    with kombu.Connection(url) as connection, suppress(NotFound):
        channel: Any = connection.default_channel
        channel.queue_purge(queue)


Databases = EmbeddedDatabases | ServiceDatabases


def _redis_url_of_this_worker() -> str:
    """A Redis database for each process of pytest-xdist, counted from that of TEST_REDIS_URL."""
    url = urlsplit(os.environ["TEST_REDIS_URL"])
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    number = int(url.path.strip("/") or 0) + int(worker)
    return urlunsplit(url._replace(path=f"/{number}"))
