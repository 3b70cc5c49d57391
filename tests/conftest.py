"""Fixtures that every test may use. None hides data: rows are made by factories, in tests."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import hypothesis
import pytest
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from pytest_django.plugin import blocking_manager_key
from rest_framework.test import APIClient

from config import health
from config.accounts import issue_token
from tests.migrated import copied_into_tests

# The same examples in every run: a red test is red because of a change.
hypothesis.settings.register_profile("steady", derandomize=True, deadline=None)
hypothesis.settings.load_profile("steady")

DATABASE_FIXTURES = {"db", "transactional_db", "django_db_setup"}

#: The moment at which the contracts' examples play.
EXAMPLE_NOW = datetime(2026, 3, 26, 10, 0, tzinfo=UTC)


#: Folders whose tests wait for processes and for the clock, the longest tests first.
WAITING = ("tests/fuzz/", "tests/faults/", "tests/e2e/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what touches the database: on another one, the rest would tell nothing new.

    What waits more than it counts comes first, together: where workers steal from one another
    (`--dist worksteal`), one of them does the waiting while the others count.
    """
    items.sort(key=_turn)
    for item in items:
        fixtures: list[str] = getattr(item, "fixturenames", [])
        if item.get_closest_marker("django_db") or not DATABASE_FIXTURES.isdisjoint(fixtures):
            item.add_marker(pytest.mark.database)


def _turn(item: pytest.Item) -> int:
    """The place of the test's folder among those that wait, or after them."""
    waiting = (turn for turn, name in enumerate(WAITING) if item.nodeid.startswith(name))
    return next(waiting, len(WAITING))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """Bring back what the migrations wrote, which a test that commits took away at its end.

    Django has such tests come last; but where a worker steals from another, anything may follow.
    """
    result = yield
    marker = item.get_closest_marker("django_db")
    if marker is not None and marker.kwargs.get("transaction"):
        contents = getattr(connection, "_test_serialized_contents", None)
        assert contents is not None, f"{item.nodeid} needs serialized_rollback=True"
        with item.config.stash[blocking_manager_key].unblock():
            connection.creation.deserialize_db_from_string(contents)
            if connection.vendor == "sqlite":
                # As where a test is rolled back: ids begin anew after those that there are.
                connection.cursor().execute("DELETE FROM sqlite_sequence")
        ContentType.objects.clear_cache()
    return result


def client_of(account: str, *roles: str) -> APIClient:
    """A client with a token of that account, which is made if need be."""
    client = APIClient()
    token = issue_token(account=account, roles=roles, valid_for=timedelta(days=36500))
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Migrate once a run, not once a process."""
    with copied_into_tests(tmp_path_factory):
        yield


@pytest.fixture(autouse=True)
def _looked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have `/readyz` of each test look for itself: tests follow each other within a second."""
    monkeypatch.setattr(health, "_found", None)


@pytest.fixture
def api() -> APIClient:
    """A client without a token."""
    return APIClient()


@pytest.fixture
def system_api(db: None) -> APIClient:
    """A client with a token of role `system`."""
    return client_of("system-client", "system")


@pytest.fixture
def desk(db: None) -> Client:
    """A browser in which the superuser `boss` is logged in to the admin."""
    client = Client()
    client.force_login(User.objects.create_superuser("boss"))
    return client
