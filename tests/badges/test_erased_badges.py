"""Badges whose rows are gone: what was revoked stays so, in whatever way they went."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test import Client
from rest_framework.test import APIClient

from badges.credentials.positions import LIST_SIZE
from badges.credentials.signing import signed_credential
from badges.credentials.status_list import revoked_indices
from badges.models import EarnedBadge, ErasedBadge
from certifications.models import Mentor
from tests.badges import ob3
from tests.badges.ob3 import Verifier, credentials_on
from tests.conftest import client_of

__all__ = ["credentials_on"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("credentials_on")]
NOW = datetime(2026, 11, 23, 10, 2, 30, tzinfo=UTC)
MIGRATION = importlib.import_module("badges.migrations.0004_numbers_of_the_newest_erased_badges")


def award(mentor_id: str) -> dict[str, Any]:
    body = {"badge_definition_id": ob3.definition().public_id, "peer_mentor_id": mentor_id}
    answer = client_of("awarder", "system").post("/api/v1/earned-badges", body)
    assert answer.status_code == 201
    earned: dict[str, Any] = answer.json()
    return earned


def by_erasure(mentor: Mentor) -> None:
    answer = client_of("eraser", "admin").delete(f"/api/v1/mentors/{mentor.pk}?force=true")
    assert answer.status_code == 200


def by_query_set(mentor: Mentor) -> None:
    EarnedBadge.objects.filter(mentor=mentor).delete()


def by_row(mentor: Mentor) -> None:
    mentor.earned_badges.get().delete()


def by_cascade(mentor: Mentor) -> None:
    Mentor.objects.filter(pk=mentor.pk).delete()


@pytest.mark.parametrize("go", [by_erasure, by_query_set, by_row, by_cascade])
@pytest.mark.parametrize("is_newest", [True, False])
def test_a_revoked_badge_stays_revoked_however_its_row_goes(
    go: Callable[[Mentor], None], is_newest: bool, admin_api: APIClient
) -> None:
    earned = award("er-1")
    row = EarnedBadge.objects.get()
    credential = Verifier().verify(signed_credential(row))
    revoked = admin_api.post(f"/api/v1/earned-badges/{earned['id']}/revoke", {"reason": "Mistake"})
    assert revoked.status_code == 200
    if not is_newest:
        award("er-2")
    assert Verifier().is_revoked(credential)

    go(row.mentor)

    assert not EarnedBadge.objects.filter(pk=row.pk).exists()
    assert Verifier().is_revoked(credential)
    for later in (timedelta(minutes=16), timedelta(days=400)):
        assert row.pk in revoked_indices(0, now=datetime.now(UTC) + later)


def test_of_an_erased_mentor_nothing_but_numbers_and_times_is_kept() -> None:
    award("er-1")
    row = EarnedBadge.objects.get()

    by_erasure(row.mentor)

    assert list(ErasedBadge.objects.values()) == [{"number": row.pk, "created_at": row.created_at}]
    assert not EarnedBadge.history.filter(mentor_id="er-1").exists()


def test_an_erasure_that_is_rolled_back_leaves_the_badge_valid() -> None:
    award("er-1")
    row = EarnedBadge.objects.get()

    with transaction.atomic():
        row.mentor.delete()
        transaction.set_rollback(True)

    assert not ErasedBadge.objects.exists()
    assert revoked_indices(0, now=datetime.now(UTC)) == set()


def test_numbers_that_counted_as_erased_do_so_when_later_badges_are_erased_too() -> None:
    badge = ob3.definition()
    for number in (1, 4):
        ob3.earned(pk=number, definition=badge, created_at=NOW - timedelta(days=1))
    assert revoked_indices(0, now=NOW) == {2, 3}

    EarnedBadge.objects.get(pk=4).delete()
    assert revoked_indices(0, now=NOW) == {2, 3, 4}

    EarnedBadge.objects.get(pk=1).delete()
    assert revoked_indices(0, now=NOW) == {1, 2, 3, 4}


def test_a_list_whose_badges_are_all_erased_is_still_there() -> None:
    row = ob3.earned(pk=LIST_SIZE + 5)
    assert Client().get("/badges/status/1").status_code == 200

    row.mentor.delete()

    answer = Client().get("/badges/status/1")
    assert answer.status_code == 200
    listed = Verifier().verify(answer.content.decode())
    assert 5 in ob3.indices(listed["credentialSubject"]["encodedList"])


@pytest.mark.parametrize("query", [1, 2, 3])
def test_an_erasure_while_the_list_is_made_does_not_clear_the_bit(query: int) -> None:
    row = ob3.earned(created_at=NOW - timedelta(days=1))
    ob3.revoke(row)
    number, queries = row.pk, 0

    def erase_in_between(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal queries
        queries += 1
        if queries == query:
            row.delete()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(erase_in_between):
        found = revoked_indices(0, now=NOW)

    assert number in found


def test_what_was_erased_before_numbers_were_kept_is_set_by_the_migration() -> None:
    ob3.earned()
    gone = [ob3.earned().pk for _ in range(2)]
    EarnedBadge.objects.filter(pk__in=gone)._raw_delete("default")
    later = datetime.now(UTC) + timedelta(hours=1)
    assert not set(gone) & revoked_indices(0, now=later)

    MIGRATION.keep_last_number(apps, connection.schema_editor())

    assert set(gone) <= revoked_indices(0, now=later)


def test_an_award_under_way_while_the_migration_runs_is_valid_once_it_comes() -> None:
    row = ob3.earned()
    ErasedBadge.objects.create(number=row.pk, created_at=NOW)

    assert row.pk not in revoked_indices(0, now=datetime.now(UTC))

    ob3.revoke(row)
    assert row.pk in revoked_indices(0, now=datetime.now(UTC))


def test_the_migration_leaves_an_installation_alone_whose_newest_badge_is_there() -> None:
    ob3.earned()

    MIGRATION.keep_last_number(apps, connection.schema_editor())

    assert not ErasedBadge.objects.exists()
