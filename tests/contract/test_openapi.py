"""The OpenAPI document shows the contracts' examples on their operations."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from certifications.api import examples as certifications
from cron.api import examples as cron

RECORDS = "/api/v1/certification-records"
CERTIFICATIONS = "/api/v1/certifications"
CRON = "/api/v1/certification-cron"

#: (method, path, status, request example, response example)
OPERATIONS: list[tuple[str, str, str, Any, Any]] = [
    ("get", RECORDS, "200", None, certifications.RECORD_LIST),
    ("get", f"{RECORDS}/{{mentor_id}}", "200", None, certifications.RECORD),
    (
        "post",
        RECORDS,
        "201",
        certifications.RECORD_UPSERT_REQUEST,
        certifications.RECORD_UPSERT,
    ),
    (
        "put",
        f"{RECORDS}/{{mentor_id}}",
        "200",
        certifications.RECORD_UPDATE_REQUEST,
        certifications.RECORD_UPDATE,
    ),
    ("delete", f"{RECORDS}/{{mentor_id}}", "200", None, certifications.RECORD_DELETED),
    (
        "post",
        f"{RECORDS}/{{mentor_id}}/renewals",
        "201",
        certifications.RENEWAL_REQUEST,
        certifications.RENEWAL,
    ),
    ("get", f"{RECORDS}/expiring", "200", None, certifications.EXPIRING),
    ("get", CERTIFICATIONS, "200", None, certifications.CERTIFICATION_LIST),
    ("get", f"{CERTIFICATIONS}/{{mentor_id}}", "200", None, certifications.CERTIFICATION),
    (
        "post",
        CERTIFICATIONS,
        "201",
        certifications.CERTIFICATION_CREATE_REQUEST,
        certifications.CERTIFICATION_CREATED,
    ),
    (
        "put",
        f"{CERTIFICATIONS}/{{mentor_id}}",
        "200",
        certifications.CERTIFICATION_UPDATE_REQUEST,
        certifications.CERTIFICATION_UPDATED,
    ),
    (
        "delete",
        f"{CERTIFICATIONS}/{{mentor_id}}",
        "200",
        None,
        certifications.CERTIFICATION_DELETED,
    ),
    ("get", CRON, "200", None, cron.JOB_LIST),
    ("get", f"{CRON}/{{id}}", "200", None, cron.JOB),
    ("post", CRON, "201", cron.JOB_CREATE_REQUEST, cron.JOB_CREATED),
    ("put", f"{CRON}/{{id}}", "200", cron.JOB_UPDATE_REQUEST, cron.JOB_UPDATED),
    ("delete", f"{CRON}/{{id}}", "200", None, cron.JOB_DELETED),
    ("post", f"{CRON}/{{id}}/execute", "202", cron.EXECUTE_REQUEST, cron.EXECUTED),
    ("get", f"{CRON}/{{id}}/runs", "200", None, cron.RUN_LIST),
]


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    response = APIClient().get("/api/schema", HTTP_ACCEPT="application/vnd.oai.openapi+json")
    document: dict[str, Any] = response.json()
    return document


def examples_in(content: dict[str, Any]) -> list[Any]:
    examples = content["content"]["application/json"]["examples"]
    return [example["value"] for example in examples.values()]


@pytest.mark.parametrize(
    ("method", "path", "status", "request_example", "response_example"),
    OPERATIONS,
    ids=[f"{method} {path}" for method, path, *_ in OPERATIONS],
)
def test_an_operation_shows_its_contracts_examples(
    schema: dict[str, Any],
    method: str,
    path: str,
    status: str,
    request_example: Any,
    response_example: Any,
) -> None:
    operation = schema["paths"][path][method]

    assert examples_in(operation["responses"][status]) == [response_example]
    if request_example is not None:
        assert examples_in(operation["requestBody"]) == [request_example]


def test_every_path_of_the_contracts_is_there_and_no_other_of_theirs(
    schema: dict[str, Any],
) -> None:
    documented = {
        (method, path)
        for path, operations in schema["paths"].items()
        if path.startswith((RECORDS, CERTIFICATIONS, CRON))
        for method in operations
    }

    assert documented == {(method, path) for method, path, *_ in OPERATIONS}
