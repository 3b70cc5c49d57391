from __future__ import annotations

import re

import pytest
from rest_framework.test import APIClient

from tests.factories import CertificationFactory

pytestmark = pytest.mark.django_db

PATH = "/api/v1/certification-records"


def links(header: str) -> dict[str, str]:
    """The pages that a Link header names, by relation."""
    return {
        relation: re.findall(r"[?&]page=(\d+)", url)[0]
        for url, relation in re.findall(r'<([^>]*)>; rel="(\w+)"', header)
    }


@pytest.mark.parametrize(
    ("query", "page", "limit", "rows"),
    [
        ({}, 1, 20, 20),
        ({"page": "2"}, 2, 20, 5),
        ({"limit": "10", "page": "3"}, 3, 10, 5),
        ({"limit": "1000"}, 1, 100, 25),
        ({"page": "9"}, 9, 20, 0),
        ({"page": "999999999999999999"}, 999999999999999999, 20, 0),
    ],
)
def test_a_page_and_its_envelope(
    api: APIClient, query: dict[str, str], page: int, limit: int, rows: int
) -> None:
    CertificationFactory.create_batch(25)

    body = api.get(PATH, query).json()

    assert len(body["data"]) == rows
    assert body["pagination"] == {"page": page, "limit": limit, "total": 25}


@pytest.mark.parametrize("value", ["0", "-1", "abc", "1.5", "", "٣", "9" * 40])
@pytest.mark.parametrize("name", ["page", "limit"])
def test_what_is_no_number_from_one_is_refused(api: APIClient, name: str, value: str) -> None:
    response = api.get(PATH, {name: value})

    assert response.status_code == 400
    assert [fault["pointer"] for fault in response.json()["errors"]] == [f"?{name}"]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("1", {"first": "1", "next": "2", "last": "3"}),
        ("2", {"first": "1", "prev": "1", "next": "3", "last": "3"}),
        ("3", {"first": "1", "prev": "2", "last": "3"}),
        ("8", {"first": "1", "prev": "3", "last": "3"}),
    ],
)
def test_the_link_header_leads_through_the_pages(
    api: APIClient, page: str, expected: dict[str, str]
) -> None:
    CertificationFactory.create_batch(25)

    response = api.get(PATH, {"limit": "10", "page": page, "status": "active"})

    assert links(response["Link"]) == expected
    assert "status=active" in response["Link"]


def test_pages_tell_each_row_once(api: APIClient) -> None:
    CertificationFactory.create_batch(25)

    seen = []
    for page in range(1, 6):
        query = {"limit": "5", "page": str(page), "ordering": "expires_at"}
        seen += [row["mentor_id"] for row in api.get(PATH, query).json()["data"]]

    assert len(set(seen)) == len(seen) == 25
