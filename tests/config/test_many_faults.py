"""Requests in which next to everything is wrong: the answer is short and says how much more is."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.config.test_problems import assert_problem
from tests.factories import TenantFactory
from tests.tenants import member_api

RECORDS = "/api/v1/certification-records"
ENDPOINTS = "/v2/webhook-endpoint/create"
SOUND = {"mentor_id": "m", "cert_type": "t", "expires_at": "2099-01-01"}
#: Bytes of an answer, whatever came.
SHORT = 60_000

pytestmark = pytest.mark.django_db


def problem_of(answer: Any) -> Any:
    """The problem, which has to be short."""
    assert len(answer.content) < SHORT
    return assert_problem(answer, 400)


def test_unknown_keys_are_counted_past_the_first(api: APIClient) -> None:
    body = {f"key-{number}": 1 for number in range(60_000)}

    problem = problem_of(api.post(RECORDS, body))

    named = [fault["pointer"] for fault in problem["errors"]]
    assert {"#/mentor_id", "#/key-0", "#/key-49"} <= set(named)
    assert problem["errors"][-1] == {
        "pointer": "#",
        "code": "unknown",
        "detail": "There are 59950 more fields that are unknown.",
    }


def test_unknown_keys_inside_a_body_are_counted_as_well() -> None:
    body = {"filter": {f"key-{number}": 1 for number in range(60_000)}}

    problem = problem_of(member_api(TenantFactory.create()).post("/v2/certificate/index", body))

    assert problem["errors"][-1]["pointer"] == "#/filter"
    assert "59950 more" in problem["errors"][-1]["detail"]


def test_parameters_past_the_first_hundred_are_counted(api: APIClient) -> None:
    problem = problem_of(api.get(RECORDS, {f"p{number}": "" for number in range(900)}))

    assert (len(problem["errors"]), problem["errors_left_out"]) == (100, 800)


def test_a_few_faults_are_all_listed(api: APIClient) -> None:
    problem = problem_of(api.get(RECORDS, {f"p{number}": "" for number in range(100)}))

    assert len(problem["errors"]) == 100
    assert "errors_left_out" not in problem


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("events", ["nonsense"] * 45_000),
        ("events", ["CERTIFICATE::CREATE"] * 45_000),
        ("headers", {f"name-{number}": 1 for number in range(40_000)}),
    ],
)
def test_a_list_that_is_too_long_is_one_fault(
    system_api: APIClient, field: str, value: object
) -> None:
    body = {
        "tenant_id": str(TenantFactory.create().pk),
        "name": "n",
        "url": "https://example.org",
        "events": ["CERTIFICATE::CREATE"],
        field: value,
    }

    problem = problem_of(system_api.post(ENDPOINTS, body))

    assert [fault["pointer"] for fault in problem["errors"]] == [f"#/{field}"]


@pytest.mark.parametrize(
    "body",
    [
        SOUND | {"x" * 900_000: 1},
        SOUND | {"status": "x" * 900_000},
        SOUND | {"mentor_id": "x" * 900_000},
    ],
)
def test_what_was_sent_is_not_repeated_at_length(api: APIClient, body: dict[str, Any]) -> None:
    problem_of(api.post(RECORDS, body))


def test_a_long_key_that_stands_twice_is_not_repeated_at_length(api: APIClient) -> None:
    key = "x" * 400_000

    problem = problem_of(
        api.generic("POST", RECORDS, f'{{"{key}": 1, "{key}": 1}}', "application/json")
    )

    assert problem["detail"].startswith("The body has the key 'xxx")
