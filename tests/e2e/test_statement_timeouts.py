"""A web process gives up what PostgreSQL takes too long for; other processes wait."""

from __future__ import annotations

import time

import psycopg
import pytest

from tests.e2e.conftest import NewStack

LIST = "/api/v1/certification-records"


@pytest.mark.parametrize(
    "backend",
    [pytest.param("services", marks=pytest.mark.services)],
    indirect=True,
    scope="session",
)
def test_a_request_that_takes_too_long_is_a_503_and_the_next_is_not(new_stack: NewStack) -> None:
    stack = new_stack(DATABASE_STATEMENT_TIMEOUT_SECONDS="1")
    stack.start_web()
    before = stack.get(LIST).status

    with psycopg.connect(stack.environment["DATABASE_URL"]) as other:
        other.execute("LOCK TABLE certifications_certification IN ACCESS EXCLUSIVE MODE")
        begin = time.monotonic()
        answer = stack.get(LIST)
        took = time.monotonic() - begin

    assert (before, answer.status) == (200, 503)
    assert answer.headers["Retry-After"] == "5"
    assert answer.body["detail"].startswith("The database takes too long to answer this")
    assert took < 5
    assert stack.get(LIST).status == 200
    show = (
        "from django.db import connection as c; k = c.cursor(); k.execute('SHOW statement_timeout')"
    )
    assert stack.shell(f"{show}; print(k.fetchone()[0])") == "0"
