"""Migrated databases for stacks: made once a session by `manage.py migrate`, then copied."""

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


class EmbeddedDatabases:
    """SQLite files, copies of one that was migrated."""

    def __init__(self, folder: Path) -> None:
        self.template = folder / SQLITE_NAME
        migrate(base_environment(folder))

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

    def drop_all(self) -> None:
        self.template.unlink()


class ServiceDatabases:
    """Databases on PostgreSQL's server, copies of one that was migrated, and a broker.

    That is one Redis database, or what TEST_BROKER_URL names, with a queue for each stack.
    """

    def __init__(self, folder: Path) -> None:
        self.server_url = os.environ["DATABASE_URL"]
        self.broker_url = os.environ.get("TEST_BROKER_URL") or _redis_url_of_this_worker()
        self._made: list[str] = []
        self.template = self._create_database()
        migrate(base_environment(folder) | self._settings(self.template))

    def create(self, var_dir: Path) -> dict[str, str]:
        """The settings of a fresh database and an empty broker."""
        settings = self._settings(self._create_database(template=self.template))
        purge(settings)
        return settings

    @contextmanager
    def locked_schedule(self, environment: dict[str, str]) -> Iterator[None]:
        """Nobody else writes into beat's table."""
        with psycopg.connect(environment["DATABASE_URL"]) as connection:
            connection.execute("LOCK TABLE django_celery_beat_periodictask IN EXCLUSIVE MODE")
            yield

    def drop_all(self) -> None:
        for name in reversed(self._made):
            self._execute(sql.SQL("DROP DATABASE {} WITH (FORCE)"), name)

    def _create_database(self, template: str = "template1") -> str:
        name = f"certkeep_e2e_{uuid.uuid4().hex[:12]}"
        self._execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}"), name, template)
        self._made.append(name)
        return name

    def _execute(self, statement: sql.SQL, *names: str) -> None:
        with psycopg.connect(self.server_url, autocommit=True) as connection:
            connection.execute(statement.format(*map(sql.Identifier, names)))

    def _settings(self, database: str) -> dict[str, str]:
        return {
            "DATABASE_URL": urlunsplit(urlsplit(self.server_url)._replace(path=f"/{database}")),
            "CELERY_BROKER_URL": self.broker_url,
            "CELERY_QUEUE": database,
            "SECRET_KEY": "a-secret-key-for-tests-alone-0123456789-abcdefghijklmnop",
            "ALLOWED_HOSTS": "127.0.0.1",
            "PUBLIC_API": "open",
        }


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
