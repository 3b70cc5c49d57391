"""Statements of web processes end in time; what may take long is let go on."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction
from django.test import Client

from certifications.services.transfers import CertificationImporter
from config.postgresql.timeouts import limit_statements, unlimited_statements
from config.transfer.importing import Report, steps
from tests.factories import CertificationFactory
from tests.transfer.test_desk import CERTIFICATIONS, body

pytestmark = [
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.skipif("connection.vendor != 'postgresql'"),
]


@pytest.fixture(autouse=True)
def _web(db: None) -> Iterator[None]:
    """This process limits its statements, as a web process does."""
    connection.close()
    limit_statements(3)
    yield
    limit_statements(0)
    connection.close()


def limit() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        return str(cursor.fetchone()[0])


def test_a_new_connection_is_limited_for_as_long_as_it_lives() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        raise ZeroDivisionError

    assert limit() == "3s"


def test_what_may_take_long_is_not_limited_and_the_rest_is_again() -> None:
    with unlimited_statements():
        outside = limit()
    with transaction.atomic(), unlimited_statements():
        inside = limit()

    assert (outside, inside, limit()) == ("0", "0", "3s")


def test_a_failure_in_between_brings_the_limit_back() -> None:
    with pytest.raises(ZeroDivisionError), unlimited_statements():
        raise ZeroDivisionError

    assert limit() == "3s"


def test_an_import_may_take_as_long_as_it_needs() -> None:
    table = io.BytesIO(b"mentor_id,certification_type,expires_at\nm-1,t,2030-01-01\n")
    importer = CertificationImporter(None, datetime(2026, 3, 26, tzinfo=UTC))

    limits = [limit() for _ in steps(importer, table, "t.csv", Report(), write=True)]

    assert (limits, limit()) == (["0"], "3s")


def test_an_export_leaves_the_limit_as_it_was(desk: Client) -> None:
    CertificationFactory.create(mentor__id="exported")

    table = body(desk.get(f"{CERTIFICATIONS}export-csv/", follow=True))

    assert (b"exported" in table, limit()) == (True, "3s")
