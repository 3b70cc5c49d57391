"""Which badges were revoked, as a Bitstring Status List."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from badges.credentials.positions import LIST_SIZE
from badges.credentials.signing import signed_credential
from badges.credentials.status_list import encoded, revoked_indices, signed_list
from badges.models import EarnedBadge
from tests.badges import ob3
from tests.badges.ob3 import PUBLIC_URL, Verifier, credentials_on, earned

__all__ = ["credentials_on"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("credentials_on")]
NOW = datetime(2026, 11, 23, 10, 2, 30, tzinfo=UTC)


def rows(count: int, *, first: int = 1) -> list[EarnedBadge]:
    """Badges of as many mentors, with numbers from `first` on."""
    badge = ob3.definition()
    return [
        earned(pk=first + at, definition=badge, created_at=NOW - timedelta(days=1))
        for at in range(count)
    ]


def published(number: int) -> set[int]:
    credential = Verifier().verify(Client().get(f"/badges/status/{number}").content.decode())
    return ob3.indices(credential["credentialSubject"]["encodedList"])


def test_the_bits_of_revoked_badges_are_set_and_no_others() -> None:
    badges = rows(40)
    for at in (2, 7, 31):
        ob3.revoke(badges[at])

    assert published(0) == {badges[at].pk for at in (2, 7, 31)}


def test_the_list_is_a_credential_of_the_issuer() -> None:
    response = Client().get("/badges/status/0")
    credential = Verifier().verify(response.content.decode())

    assert response["Content-Type"] == "application/vc+jwt"
    assert credential["type"] == ["VerifiableCredential", "BitstringStatusListCredential"]
    assert credential["id"] == f"{PUBLIC_URL}/badges/status/0"
    assert credential["validFrom"] < credential["validUntil"]
    subject = credential["credentialSubject"]
    assert (subject["type"], subject["statusPurpose"]) == ("BitstringStatusList", "revocation")
    assert subject["ttl"] == 300_000


def test_a_badge_beyond_the_first_list_is_in_the_next() -> None:
    (row,) = rows(1, first=LIST_SIZE + 5)
    ob3.revoke(row)
    credential = Verifier().verify(signed_credential(row))

    status = credential["credentialStatus"]
    assert status["statusListCredential"] == f"{PUBLIC_URL}/badges/status/1"
    assert status["statusListIndex"] == "5"
    assert 5 in published(1)
    assert Verifier().is_revoked(credential)


@pytest.mark.parametrize("number", [1, 2**63, 10**30])
def test_a_list_that_nothing_points_to_is_not_found(number: int) -> None:
    earned()

    assert Client().get(f"/badges/status/{number}").status_code == 404


def test_a_revoked_badge_stays_revoked_when_its_mentor_is_erased() -> None:
    badges = rows(3)
    ob3.revoke(badges[1])
    gone = badges[1].pk

    badges[1].mentor.delete()

    assert not EarnedBadge.objects.filter(pk=gone).exists()
    assert revoked_indices(0, now=NOW) == {gone}


def test_a_number_that_is_just_being_awarded_is_not_taken_for_erased() -> None:
    rows(1)
    rows(1, first=3)
    EarnedBadge.objects.filter(pk=3).update(created_at=NOW)

    assert revoked_indices(0, now=NOW) == set()
    assert revoked_indices(0, now=NOW + timedelta(hours=1)) == {2}


def test_a_list_takes_as_many_queries_with_many_badges_as_with_few(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for badge in rows(20)[:10]:
        ob3.revoke(badge)

    with django_assert_num_queries(3):
        signed_list(0, now=NOW)


def test_the_list_is_the_same_for_five_minutes_and_can_be_kept_as_long() -> None:
    start = NOW.replace(minute=0, second=0)

    first = signed_list(0, now=start)

    assert signed_list(0, now=start + timedelta(seconds=299)) == first
    assert signed_list(0, now=start + timedelta(seconds=300)) != first
    assert Client().get("/badges/status/0")["Cache-Control"] == "public, max-age=300"


@given(st.sets(st.integers(0, LIST_SIZE - 1), max_size=50))
def test_what_is_set_is_read_again(chosen: set[int]) -> None:
    assert ob3.indices(encoded(chosen)) == chosen


def test_no_list_tells_of_mentors() -> None:
    row = earned()

    credential = Verifier().verify(Client().get("/badges/status/0").content.decode())

    assert row.mentor_id not in json.dumps(credential)
