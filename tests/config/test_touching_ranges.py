"""Ranges that touch share no row and lose none, wherever a list takes a range."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from rest_framework.test import APIClient

from tests.factories import (
    CertificateFactory,
    CertificationFactory,
    EarnedBadgeFactory,
    TenantFactory,
)
from tests.tenants import member_api

pytestmark = pytest.mark.django_db

MONTHS = ["2026-12-01", "2027-01-01", "2027-02-01T00:00:00Z", "2027-03-01T01:00:00+01:00"]
START = datetime(2026, 12, 1, tzinfo=UTC)
#: Moments around each bound, to the microsecond.
MOMENTS = [
    bound + near
    for bound in (START, datetime(2027, 1, 1, tzinfo=UTC), datetime(2027, 2, 1, tzinfo=UTC))
    for near in (timedelta(), timedelta(microseconds=1), timedelta(seconds=1), timedelta(days=27))
]


def in_ranges(api: APIClient, path: str, name: str) -> list[int]:
    """How many rows each month has."""
    totals = []
    for after, before in pairwise(MONTHS):
        answer = api.get(path, {f"{name}_after": after, f"{name}_before": before})
        totals.append(answer.json()["pagination"]["total"])
    return totals


@pytest.mark.parametrize("path", ["/api/v1/certification-records", "/api/v1/certifications"])
def test_months_of_expiry(api: APIClient, path: str) -> None:
    for moment in MOMENTS:
        CertificationFactory.create(issued_at=START - timedelta(days=1), expires_at=moment)

    assert in_ranges(api, path, "expires") == [4, 4, 4]


def test_months_of_awards(system_api: APIClient) -> None:
    for moment in MOMENTS:
        EarnedBadgeFactory.create(awarded_at=moment)

    assert in_ranges(system_api, "/api/v1/earned-badges", "awarded") == [4, 4, 4]


def test_days_of_the_v2_apis_are_whole_days_with_both_ends() -> None:
    tenant = TenantFactory.create()
    for day in ("2026-12-01", "2026-12-31", "2027-01-01", "2027-01-31"):
        CertificateFactory.create(tenant=tenant, date_release="2020-01-01", date_expire=day)
    months = [("2026-12-01", "2026-12-31"), ("2027-01-01", "2027-01-31")]
    api = member_api(tenant)

    found = [
        api.post(
            "/v2/certificate/index", {"filter": {"date_expire": {"from": first, "to": last}}}
        ).json()
        for first, last in months
    ]

    assert [len(rows) for rows in found] == [2, 2]


@pytest.mark.parametrize(
    ("name", "meaning"), [("expires_after", "or later"), ("expires_before", "not at it")]
)
def test_the_document_says_which_end_counts(api: APIClient, name: str, meaning: str) -> None:
    document = api.get("/api/schema", HTTP_ACCEPT="application/json").json()

    for path in ("/api/v1/certification-records", "/api/v1/certifications"):
        parameters = document["paths"][path]["get"]["parameters"]
        (found,) = [one for one in parameters if one["name"] == name]
        assert meaning in found["description"]
