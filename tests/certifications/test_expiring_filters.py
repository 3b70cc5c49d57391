"""`GET …/expiring` narrows and sorts as the other lists of certifications do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from rest_framework.test import APIClient

from tests.factories import CertificationFactory, CertificationTypeFactory, MentorFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_at_example_time")]

PATH = "/api/v1/certification-records/expiring"
NOW = datetime(2026, 3, 26, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _rows() -> None:
    kinds = {code: CertificationTypeFactory.create(code=code) for code in ("a", "b")}
    for mentor, code, days, issued in (("m3", "a", 1, 5), ("m1", "b", 2, 9), ("m2", "a", 3, 7)):
        CertificationFactory.create(
            mentor=MentorFactory.create(id=mentor),
            certification_type=kinds[code],
            issued_at=NOW - timedelta(days=issued),
            expires_at=NOW + timedelta(days=days),
        )


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["m3", "m1", "m2"]),
        ("cert_type=a", ["m3", "m2"]),
        ("cert_type=a&within_days=2", ["m3"]),
        ("cert_type=a&cert_type=b", ["m3", "m1", "m2"]),
        ("mentor_id=m1", ["m1"]),
        ("mentor_id=m1&mentor_id=m2&cert_type=a", ["m2"]),
        ("mentor_id=nobody", []),
        ("ordering=mentor_id", ["m1", "m2", "m3"]),
        ("ordering=-expires_at", ["m2", "m1", "m3"]),
        ("ordering=issued_at", ["m1", "m2", "m3"]),
        ("ordering=mentor_id&cursor=", ["m1", "m2", "m3"]),
    ],
)
def test_filters_and_orders(api: APIClient, query: str, found: list[str]) -> None:
    body = api.get(f"{PATH}?{query}").json()

    assert [row["mentor_id"] for row in body["data"]] == found
    assert body["pagination"]["total"] == len(found)


@pytest.mark.parametrize("query", ["cert_type=", "mentor_id=", "ordering=colour", "status=active"])
def test_what_it_does_not_take_is_refused(api: APIClient, query: str) -> None:
    answer = api.get(f"{PATH}?{query}")

    assert answer.status_code == 400
    (fault,) = answer.json()["errors"]
    assert fault["pointer"] == f"?{query.partition('=')[0]}"
