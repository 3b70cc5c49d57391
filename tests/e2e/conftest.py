"""Stacks for tests. Each test says which backend it is for by the fixture `backend`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.databases import Databases, EmbeddedDatabases, ServiceDatabases
from tests.e2e.smtp import MailServer
from tests.e2e.stack import Stack
from tests.migrated import migrated_database, migrated_file

NewStack = Callable[..., Stack]


@pytest.fixture(
    scope="session", params=["embedded", pytest.param("services", marks=pytest.mark.services)]
)
def backend(request: pytest.FixtureRequest) -> str:
    """`embedded` (SQLite, folders) or `services` (PostgreSQL, Redis)."""
    return str(request.param)


@pytest.fixture(scope="session")
def databases(backend: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    if backend == "embedded":
        with migrated_file(tmp_path_factory) as template:
            yield EmbeddedDatabases(template)
        return
    with migrated_database(tmp_path_factory) as name:
        made = ServiceDatabases(name)
        yield made
        made.drop_all()


@pytest.fixture
def new_stack(backend: str, databases: Databases, tmp_path: Path) -> Iterator[NewStack]:
    """Makes a stack with the given environment variables; nothing is started yet."""
    stacks: list[Stack] = []

    def make(mail_server: MailServer | None = None, **settings: str) -> Stack:
        folder = tmp_path / f"stack-{len(stacks)}"
        folder.mkdir()
        if mail_server is not None:
            settings = {"EMAIL_URL": mail_server.url, **settings}
        stacks.append(Stack(backend, databases, folder, settings))
        return stacks[-1]

    yield make
    for stack in stacks:
        stack.close()


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server
