"""Walking a list from cursor to cursor."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from config.api import reading
from cron.services.jobs import create_job
from tests.factories import (
    CertificationFactory,
    CertificationTypeFactory,
    ExpiryCheckRunFactory,
    MentorFactory,
)

pytestmark = pytest.mark.django_db

PATH = "/api/v1/certification-records"
NOW = datetime(2026, 3, 26, 10, 0, tzinfo=UTC)


def following(link: str) -> dict[str, str] | None:
    """The query of the next part that a Link header names."""
    found = re.search(r'<([^>]*)>; rel="next"', link)
    if found is None:
        return None
    query = parse_qs(urlsplit(found[1]).query, keep_blank_values=True)
    return {name: value for name, (value,) in query.items()}


def walk(api: APIClient, path: str, query: dict[str, str]) -> tuple[list[object], list[int]]:
    """All rows by following `next` from the beginning, and the numbers of the pages."""
    rows, pages = [], []
    asked: dict[str, str] | None = {**query, "cursor": ""}
    while asked is not None:
        response = api.get(path, asked)
        assert response.status_code == 200, response.content
        body = response.json()
        rows += body["data"]
        pages.append(body["pagination"]["page"])
        asked = following(response["Link"])
    return rows, pages


def a_mix(count: int = 25) -> None:
    """Rows of which several have the same moments, down to the microsecond."""
    kind = CertificationTypeFactory.create(code="peer_mentor")
    for number in range(count):
        CertificationFactory.create(
            certification_type=kind,
            issued_at=NOW - timedelta(days=number % 3, microseconds=number % 2),
            expires_at=NOW + timedelta(days=10 + number // 4, microseconds=7),
            status="active" if number % 5 else "suspended",
        )


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"status": "active"},
        {"cert_type": "peer_mentor", "status": "suspended"},
        {"ordering": "mentor_id"},
        {"ordering": "-mentor_id"},
        {"expires_before": "2026-04-08T00:00:00Z", "ordering": "-mentor_id"},
    ],
)
def test_a_walk_finds_what_the_pages_show_in_the_same_order(
    api: APIClient, query: dict[str, str]
) -> None:
    a_mix()
    expected = api.get(PATH, {**query, "limit": "100"}).json()["data"]
    assert len(expected) > 3

    rows, pages = walk(api, PATH, {**query, "limit": "3"})

    assert rows == expected
    assert pages == list(range(1, len(pages) + 1))


@pytest.mark.parametrize("status", ["expiring_soon", "suspended"])
def test_a_list_with_a_filter_of_its_own_rules_is_walked_as_well(
    api: APIClient, status: str
) -> None:
    a_mix()
    query = {"status": status, "limit": "4"}
    path = "/api/v1/certifications"
    with time_machine.travel(NOW):
        expected = api.get(path, {**query, "limit": "100"}).json()["data"]

        rows, _ = walk(api, path, query)

    assert rows == expected
    assert rows


def test_runs_of_a_job_are_walked_from_the_latest(api: APIClient) -> None:
    job = create_job(name="Nightly check", cron_expression="0 2 * * *", now=NOW)
    for hour in range(6):
        ExpiryCheckRunFactory.create(
            job=job, status="success", started_at=NOW - timedelta(hours=hour)
        )
    path = f"/api/v1/certification-cron/{job.public_id}/runs"

    rows, _ = walk(api, path, {"limit": "2"})

    assert rows == api.get(path, {"limit": "100"}).json()["data"]
    assert len(rows) == 6


def test_a_walk_meets_each_row_once_while_rows_come_and_go(api: APIClient) -> None:
    for number in (10, 20, 30, 40):
        CertificationFactory.create(mentor__id=f"m-{number}")
    first = api.get(PATH, {"limit": "2", "cursor": ""})
    CertificationFactory.create(mentor__id="m-05")

    asked = following(first["Link"])
    assert asked is not None
    second = api.get(PATH, asked)

    ids = [row["mentor_id"] for answer in (first, second) for row in answer.json()["data"]]
    assert ids == ["m-10", "m-20", "m-30", "m-40"]
    assert second.json()["pagination"] == {"page": 2, "limit": 2, "total": 5}


RECORD = {"cert_type": "z", "status": "active", "expires_at": "2099-01-01"}


@pytest.mark.parametrize("path", [PATH, "/api/v1/certifications", f"{PATH}/expiring"])
@pytest.mark.parametrize(
    "ordering",
    ["updated_at", "-updated_at", "issued_at", "mentor_id,-updated_at", "-issued_at,mentor_id"],
)
def test_an_order_in_which_rows_move_is_not_walked(
    api: APIClient, path: str, ordering: str
) -> None:
    if path == "/api/v1/certifications":
        ordering = ordering.replace("issued_at", "expiry_date")

    response = api.get(path, {"ordering": ordering, "cursor": ""})

    assert response.status_code == 400
    (fault,) = response.json()["errors"]
    assert (fault["pointer"], fault["code"]) == ("?cursor", "unstable_order")
    assert api.get(path, {"ordering": ordering}).status_code == 200


@pytest.mark.parametrize(
    ("path", "query"),
    [(f"{PATH}/expiring", {}), ("/api/v1/certifications", {"within_days": "3650"})],
)
def test_what_comes_soonest_first_is_walked_by_mentor_alone(
    api: APIClient, path: str, query: dict[str, str]
) -> None:
    assert api.get(path, {**query, "cursor": ""}).status_code == 400

    assert walk(api, path, {**query, "ordering": "mentor_id"}) == ([], [1])


@pytest.mark.parametrize("path", [PATH, "/api/v1/certifications"])
@pytest.mark.parametrize("query", [{}, {"ordering": "mentor_id"}, {"ordering": "-mentor_id"}])
def test_a_row_whose_type_is_corrected_meanwhile_is_met_once(
    api: APIClient, path: str, query: dict[str, str]
) -> None:
    mentor = MentorFactory.create(id="m")
    for code in "abcd":
        CertificationFactory.create(
            mentor=mentor,
            certification_type=CertificationTypeFactory.create(code=code),
        )
    first = api.get(path, {**query, "limit": "2", "cursor": ""})
    key = "cert_type" if path == PATH else "certification_type"
    seen = first.json()["data"][0][key]

    assert api.put(f"{PATH}/m?cert_type={seen}", RECORD).status_code == 200
    asked = following(first["Link"])
    assert asked is not None
    second = api.get(path, asked)

    found = [row[key] for answer in (first, second) for row in answer.json()["data"]]
    assert sorted(found) == ["a", "b", "c", "d"]


def test_a_cursor_costs_the_same_wherever_it_stands(api: APIClient) -> None:
    a_mix(12)
    counts = []
    asked: dict[str, str] | None = {"limit": "2", "cursor": ""}
    while asked is not None:
        with CaptureQueriesContext(connection) as queries:
            response = api.get(PATH, asked)
        counts.append(len(queries))
        asked = following(response["Link"])

    assert max(counts) == 2


@pytest.mark.parametrize("cursor", ["x", "e30", "WzIsWyJpZCJdLFsxXV0", "\0", "9" * 400])
def test_what_is_no_cursor_is_refused(api: APIClient, cursor: str) -> None:
    response = api.get(PATH, {"cursor": cursor})

    assert response.status_code == 400
    assert [fault["pointer"] for fault in response.json()["errors"]] == ["?cursor"]


def test_a_cursor_of_another_order_is_refused(api: APIClient) -> None:
    a_mix(4)
    asked = following(api.get(PATH, {"limit": "2", "cursor": ""})["Link"])
    assert asked is not None

    response = api.get(PATH, {**asked, "ordering": "-mentor_id"})

    assert response.status_code == 400
    assert "this order" in response.json()["detail"]


def test_a_page_and_a_cursor_together_are_refused(api: APIClient) -> None:
    response = api.get(PATH, {"page": "2", "cursor": ""})

    assert response.status_code == 400
    assert [fault["pointer"] for fault in response.json()["errors"]] == ["?cursor"]


@pytest.mark.parametrize("ordering", ["", "-expires_at", "issued_at,-expires_at"])
def test_a_page_far_down_the_list_is_the_same(
    api: APIClient, monkeypatch: pytest.MonkeyPatch, ordering: str
) -> None:
    a_mix()
    query = {"ordering": ordering, "limit": "4"} if ordering else {"limit": "4"}
    pages = [api.get(PATH, {**query, "page": str(page)}).json()["data"] for page in range(1, 9)]

    monkeypatch.setattr(reading, "DEEP", 2)
    far = [api.get(PATH, {**query, "page": str(page)}).json()["data"] for page in range(1, 9)]

    assert far == pages
