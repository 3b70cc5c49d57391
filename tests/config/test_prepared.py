"""Statements that PostgreSQL prepares, and saving by them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from rest_framework.test import APIClient

from certifications.models import Certification, Renewal
from config.saving import save_with_history
from tests.conftest import client_of
from tests.factories import CertificationFactory, CertificationTypeFactory, RenewalFactory

PATH = "/api/v1/certification-records"
on_postgresql = pytest.mark.skipif(
    "connection.vendor != 'postgresql'", reason="SQLite's driver keeps statements by itself"
)
pytestmark = pytest.mark.django_db


def prepared() -> list[str]:
    """The statements that the connection of this test has prepared, anew since it was asked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        found = [statement for (statement,) in cursor.fetchall()]
        cursor.execute("DEALLOCATE ALL")
    return found


@on_postgresql
def test_a_read_is_prepared_once_on_a_connection(api: APIClient) -> None:
    rows = CertificationFactory.create_batch(3)
    prepared()

    answers = [api.get(f"{PATH}/{row.mentor_id}").json()["mentor_id"] for row in rows]

    assert answers == [row.mentor_id for row in rows]
    statements = prepared()
    assert len(statements) == 1
    assert "certifications_renewal" in statements[0]


@on_postgresql
def test_poolers_can_have_it_off(api: APIClient, settings: Any) -> None:
    settings.PREPARED_STATEMENTS = False
    row = CertificationFactory.create()
    prepared()

    answer = api.get(f"{PATH}/{row.mentor_id}")

    assert answer.json()["mentor_id"] == row.mentor_id
    assert prepared() == []


@pytest.mark.parametrize("are_prepared", [True, False])
def test_history_has_what_a_request_wrote_and_who(settings: Any, are_prepared: bool) -> None:
    settings.PREPARED_STATEMENTS = are_prepared
    row = CertificationFactory.create(mentor__id="m-1", certification_type__code="peer_mentor")
    client = client_of("clara", "system")
    dates = {"renewed_at": "2026-03-26T00:00:00Z", "expires_at": "2027-03-26T00:00:00Z"}

    answer = client.post(f"{PATH}/m-1/renewals", dates, format="json")

    assert answer.status_code == 201
    row.refresh_from_db()
    line = Certification.history.filter(id=row.pk).latest("history_id")
    assert (line.history_type, line.history_user.username) == ("~", "clara")
    assert (line.expires_at, line.updated_at) == (row.expires_at, row.updated_at)
    renewal = Renewal.objects.get()
    (first,) = Renewal.history.all()
    assert (first.id, first.history_type) == (renewal.pk, "+")
    assert first.renewed_at == renewal.renewed_at == datetime(2026, 3, 26, tzinfo=UTC)


def test_saving_tells_history_the_reason() -> None:
    row = CertificationFactory.create()
    row.status = "suspended"
    row._change_reason = "A complaint"  # type: ignore[attr-defined]

    save_with_history(row)

    line = Certification.history.filter(id=row.pk).latest("history_id")
    assert (line.status, line.history_change_reason) == ("suspended", "A complaint")
    assert line.history_user is None


def test_a_row_that_is_gone_is_not_saved_and_leaves_no_history() -> None:
    renewal = RenewalFactory.create()
    Renewal.objects.filter(pk=renewal.pk).delete()
    lines = Renewal.history.count()

    with pytest.raises(DatabaseError), transaction.atomic():
        save_with_history(renewal)

    assert Renewal.objects.count() == 0
    assert Renewal.history.count() == lines


def test_a_new_row_gets_its_number() -> None:
    row = CertificationFactory.build(
        mentor=CertificationFactory.create().mentor,
        certification_type=CertificationTypeFactory.create(code="other"),
    )

    save_with_history(row)

    assert Certification.objects.get(certification_type="other").pk == row.pk
    assert not row._state.adding
