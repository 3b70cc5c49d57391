"""Contract 2, and the lists of both contracts: derived status, windows, filters, orders, cost."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from certifications.models import Certification, CertificationStatus, ExpiryStatus
from tests.factories import (
    CertificationFactory,
    CertificationTypeFactory,
    MentorFactory,
    RenewalFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_at_example_time")]

RECORDS = "/api/v1/certification-records"
PATH = "/api/v1/certifications"
NOW = datetime(2026, 3, 26, 10, tzinfo=UTC)


def a_mix() -> None:
    """Certifications of every status around every bound, of types with different windows."""
    dice = random.Random(7)
    kinds = [
        CertificationTypeFactory.create(code=code, expiring_soon_days=days)
        for code, days in (("usual", 30), ("long", 90), ("none", 0))
    ]
    for _ in range(120):
        CertificationFactory.create(
            certification_type=dice.choice(kinds),
            status=dice.choice(CertificationStatus.values),
            expires_at=NOW
            + timedelta(days=dice.choice([-400, -1, 0, 0, 1, 29, 30, 31, 90, 91]))
            + timedelta(hours=dice.choice([-10, -9, 0, 1, 13])),
        )


@pytest.mark.parametrize(
    ("stored", "days", "derived"),
    [
        ("active", 31, "active"),
        ("active", 30, "expiring_soon"),
        ("active", 0, "expired"),
        ("active", -1, "expired"),
        ("expired", 300, "expired"),
        ("suspended", 300, "suspended"),
        ("suspended", -1, "suspended"),
        ("revoked", 5, "revoked"),
    ],
)
def test_the_status_is_derived_when_read(
    api: APIClient, stored: str, days: int, derived: str
) -> None:
    CertificationFactory.create(
        mentor=MentorFactory.create(id="m"), status=stored, expires_at=NOW + timedelta(days=days)
    )

    body = api.get(f"{PATH}/m").json()

    assert (body["status"], body["days_until_expiry"]) == (derived, days)


def test_days_are_differences_of_dates_not_of_hours(api: APIClient) -> None:
    CertificationFactory.create(
        mentor=MentorFactory.create(id="m"), expires_at=datetime(2026, 3, 27, 0, 1, tzinfo=UTC)
    )

    assert api.get(f"{PATH}/m").json()["days_until_expiry"] == 1


@pytest.mark.parametrize("status", ExpiryStatus.values)
def test_filtering_by_status_finds_exactly_the_rows_that_read_so(
    api: APIClient, status: str
) -> None:
    a_mix()
    every = [
        row for page in (1, 2) for row in api.get(PATH, {"limit": 100, "page": page}).json()["data"]
    ]

    body = api.get(PATH, {"status": status, "limit": "100"}).json()

    expected = [row for row in every if row["status"] == status]
    assert body["data"] == expected
    assert body["pagination"]["total"] == len(expected) > 0


def test_filtering_by_stored_status(api: APIClient) -> None:
    a_mix()

    body = api.get(RECORDS, {"status": "suspended", "limit": "100"}).json()

    assert body["pagination"]["total"] == Certification.objects.filter(status="suspended").count()
    assert {row["status"] for row in body["data"]} == {"suspended"}


@pytest.mark.parametrize("path", [f"{RECORDS}/expiring", PATH])
def test_the_window_has_both_bounds_and_goes_soonest_first(api: APIClient, path: str) -> None:
    day = timedelta(days=1)
    second = timedelta(seconds=1)
    for index, offset in enumerate([5 * day, 10 * day, 0 * day, 10 * day + second, -second]):
        CertificationFactory.create(
            mentor=MentorFactory.create(id=f"m{index}"), expires_at=NOW + offset
        )
    CertificationFactory.create(status=CertificationStatus.SUSPENDED, expires_at=NOW + day)

    body = api.get(path, {"within_days": 10}).json()

    assert [row["mentor_id"] for row in body["data"]] == ["m2", "m0", "m1"]


def test_the_window_is_thirty_days_by_default(api: APIClient) -> None:
    for days in (30, 31):
        CertificationFactory.create(expires_at=NOW + timedelta(days=days))

    assert api.get(f"{RECORDS}/expiring").json()["pagination"]["total"] == 1


@pytest.mark.parametrize("path", [f"{RECORDS}/expiring", PATH])
@pytest.mark.parametrize("within_days", ["-1", "3651", "soon", "1.5", "1e3", ""])
def test_a_window_that_is_none_is_refused(api: APIClient, path: str, within_days: str) -> None:
    response = api.get(path, {"within_days": within_days})

    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == "?within_days"


@pytest.mark.parametrize(
    ("path", "query", "found"),
    [
        (RECORDS, {"mentor_id": "m1"}, ["m1"]),
        (RECORDS, {"cert_type": "b"}, ["m2"]),
        (RECORDS, {"expires_after": "2027-01-01T00:00:01Z"}, ["m2", "m3"]),
        (RECORDS, {"expires_before": "2027-01-01T00:00:01Z"}, ["m1"]),
        (RECORDS, {"ordering": "-expires_at"}, ["m3", "m2", "m1"]),
        (RECORDS, {"ordering": "issued_at"}, ["m3", "m2", "m1"]),
        (RECORDS, {"ordering": "-mentor_id"}, ["m3", "m2", "m1"]),
        (RECORDS, {"ordering": "updated_at"}, ["m2", "m1", "m3"]),
        (PATH, {"mentor_id": "m1"}, ["m1"]),
        (PATH, {"certification_type": "b"}, ["m2"]),
        (PATH, {"expires_after": "2027-01-01", "expires_before": "2029-01-01"}, ["m1", "m2"]),
        (PATH, {"ordering": "-expiry_date"}, ["m3", "m2", "m1"]),
        (PATH, {"ordering": "updated_at"}, ["m2", "m1", "m3"]),
    ],
)
def test_filters_and_orders(
    api: APIClient, path: str, query: dict[str, str], found: list[str]
) -> None:
    for number, code, year in ((1, "a", 2027), (2, "b", 2028), (3, "a", 2029)):
        CertificationFactory.create(
            mentor=MentorFactory.create(id=f"m{number}"),
            certification_type=CertificationTypeFactory.create(code=code),
            expires_at=datetime(year, 1, 1, tzinfo=UTC),
            issued_at=datetime(2026 - number, 1, 1, tzinfo=UTC),
            updated_at=datetime(2026, 1, {1: 2, 2: 1, 3: 3}[number], tzinfo=UTC),
        )

    body = api.get(path, query).json()

    assert [row["mentor_id"] for row in body["data"]] == found


@pytest.mark.parametrize(
    "query",
    [
        {"status": "lost"},
        {"ordering": "colour"},
        {"expires_before": "tomorrow"},
        {"mentor_id": "a\u0000"},
        {"colour": "red"},
    ],
)
@pytest.mark.parametrize("path", [RECORDS, PATH])
def test_a_bad_parameter_is_named(api: APIClient, path: str, query: dict[str, str]) -> None:
    response = api.get(path, query)

    assert response.status_code == 400
    assert [fault["pointer"] for fault in response.json()["errors"]] == [f"?{next(iter(query))}"]


def test_a_parameter_of_the_other_contract_is_refused_before_anything_is_lost(
    api: APIClient,
) -> None:
    CertificationFactory.create(mentor=MentorFactory.create(id="m"))

    response = api.delete(f"{RECORDS}/m?certification_type=other")

    assert response.status_code == 400
    assert Certification.objects.exists()


def test_a_certification_of_the_past_can_not_be_new(api: APIClient) -> None:
    response = api.post(
        PATH, {"mentor_id": "m", "certification_type": "t", "expiry_date": "2026-03-26T10:00:00Z"}
    )

    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == "#/expiry_date"


def test_a_type_that_is_held_can_not_be_new(api: APIClient) -> None:
    body = {"mentor_id": "m", "certification_type": "t", "expiry_date": "2027-01-01"}
    api.post(PATH, body)

    response = api.post(PATH, {**body, "expiry_date": "2029-01-01"})

    assert response.status_code == 409
    assert api.get(f"{PATH}/m").json()["expiry_date"] == "2027-01-01T00:00:00Z"


def test_a_put_or_delete_that_could_mean_several_names_the_parameter(api: APIClient) -> None:
    mentor = MentorFactory.create(id="m")
    for code in ("a", "b"):
        kind = CertificationTypeFactory.create(code=code)
        CertificationFactory.create(mentor=mentor, certification_type=kind)

    put = api.put(f"{PATH}/m", {"certification_type": "c", "expiry_date": "2028-01-01"})
    delete = api.delete(f"{PATH}/m")
    named = api.delete(f"{PATH}/m?certification_type=b")

    for response in (put, delete):
        assert response.status_code == 409
        assert response.json()["held"] == ["a", "b"]
        assert "?certification_type=" in response.json()["detail"]
    assert named.status_code == 200
    assert Certification.objects.get().certification_type_id == "a"


@pytest.mark.parametrize("rows", [1, 60])
@pytest.mark.parametrize(
    "url",
    [
        RECORDS,
        f"{RECORDS}?status=active&ordering=-expires_at",
        f"{RECORDS}/m0",
        f"{RECORDS}/expiring?within_days=3650",
        PATH,
        f"{PATH}?status=expiring_soon",
        f"{PATH}?within_days=3650",
        f"{PATH}/m0",
    ],
)
def test_a_read_costs_at_most_three_queries(
    api: APIClient, django_assert_max_num_queries: DjangoAssertNumQueries, url: str, rows: int
) -> None:
    for index in range(rows):
        certification = CertificationFactory.create(mentor=MentorFactory.create(id=f"m{index}"))
        RenewalFactory.create(certification=certification)

    with django_assert_max_num_queries(3):
        response = api.get(url)

    assert response.status_code == 200
