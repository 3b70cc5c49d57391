"""The OpenAPI document shows the contracts' examples on their operations."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from badges.api import examples as badges
from certificates.api import examples as certificates
from certificates.webhooks.api import examples as webhooks
from certifications.api import examples as certifications
from cron.api import examples as cron

RECORDS = "/api/v1/certification-records"
CERTIFICATIONS = "/api/v1/certifications"
CRON = "/api/v1/certification-cron"
EARNED = "/api/v1/earned-badges"
DEFINITIONS = "/api/v1/badge-definitions"
CERTIFICATE = "/v2/certificate"
ACTION = "/v2/certificate-action"
ATTACHMENT = "/v2/attachment"
ENDPOINT = "/v2/webhook-endpoint"
DELIVERY = "/v2/webhook-delivery"

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
    ("get", EARNED, "200", None, badges.EARNED_LIST),
    ("get", f"{EARNED}/by-organisation", "200", None, badges.BY_ORGANISATION),
    ("post", EARNED, "201", badges.AWARD_REQUEST, badges.AWARDED),
    ("get", f"{EARNED}/exists", "200", None, badges.EXISTS),
    ("post", f"{EARNED}/{{id}}/revoke", "200", badges.REVOKE_REQUEST, badges.REVOKED),
    ("get", f"{EARNED}/{{id}}/credential", "200", None, badges.CREDENTIAL),
    ("get", DEFINITIONS, "200", None, badges.DEFINITION_LIST),
    ("post", DEFINITIONS, "201", badges.DEFINITION_REQUEST, badges.DEFINITION),
    ("get", f"{DEFINITIONS}/{{id}}", "200", None, badges.DEFINITION),
    ("put", f"{DEFINITIONS}/{{id}}", "200", badges.DEFINITION_REQUEST, badges.DEFINITION),
    ("delete", f"{DEFINITIONS}/{{id}}", "200", None, badges.DEFINITION_DELETED),
    ("post", f"{CERTIFICATE}/index", "200", certificates.INDEX_REQUEST, certificates.INDEX),
    ("post", f"{CERTIFICATE}/create", "201", certificates.CREATE_REQUEST, certificates.CREATED),
    (
        "post",
        f"{ACTION}/index",
        "200",
        certificates.ACTION_INDEX_REQUEST,
        certificates.ACTION_INDEX,
    ),
    (
        "post",
        f"{ACTION}/create",
        "201",
        certificates.ACTION_CREATE_REQUEST,
        certificates.ACTION,
    ),
    (
        "post",
        f"{ATTACHMENT}/index",
        "200",
        certificates.ATTACHMENT_INDEX_REQUEST,
        certificates.ATTACHMENT_INDEX,
    ),
    ("post", f"{ATTACHMENT}/create", "201", None, certificates.ATTACHMENT),
    (
        "post",
        f"{ENDPOINT}/index",
        "200",
        webhooks.ENDPOINT_INDEX_REQUEST,
        webhooks.ENDPOINT_INDEX,
    ),
    (
        "post",
        f"{ENDPOINT}/create",
        "201",
        webhooks.ENDPOINT_CREATE_REQUEST,
        webhooks.ENDPOINT_CREATED,
    ),
    (
        "post",
        f"{DELIVERY}/index",
        "200",
        webhooks.DELIVERY_INDEX_REQUEST,
        webhooks.DELIVERY_INDEX,
    ),
    ("get", "/v2/webhook-event/index", "200", None, webhooks.EVENT_INDEX),
]

#: Operations on one row, each under `operation/{id}` and under `operation`, with the id as `?id=`.
ON_ONE: list[tuple[str, str, str, Any, Any]] = [
    ("get", f"{CERTIFICATE}/view", "200", None, certificates.CERTIFICATE),
    (
        "put",
        f"{CERTIFICATE}/update",
        "200",
        certificates.UPDATE_REQUEST,
        certificates.UPDATED,
    ),
    ("delete", f"{CERTIFICATE}/delete", "200", None, certificates.DELETED),
    ("get", f"{ACTION}/view", "200", None, certificates.ACTION),
    (
        "put",
        f"{ACTION}/update",
        "200",
        certificates.ACTION_UPDATE_REQUEST,
        certificates.ACTION_UPDATED,
    ),
    ("delete", f"{ACTION}/delete", "200", None, certificates.ACTION_DELETED),
    ("get", f"{ATTACHMENT}/view", "200", None, certificates.ATTACHMENT),
    ("delete", f"{ATTACHMENT}/delete", "200", None, certificates.ATTACHMENT_DELETED),
    ("get", f"{ENDPOINT}/view", "200", None, webhooks.ENDPOINT),
    (
        "put",
        f"{ENDPOINT}/update",
        "200",
        webhooks.ENDPOINT_UPDATE_REQUEST,
        webhooks.ENDPOINT_UPDATED,
    ),
    ("delete", f"{ENDPOINT}/delete", "200", None, webhooks.ENDPOINT_DELETED),
    ("post", f"{ENDPOINT}/rotate-secret", "200", None, webhooks.ENDPOINT_CREATED),
    ("post", f"{ENDPOINT}/test", "202", None, webhooks.DELIVERY_AGAIN),
    (
        "post",
        f"{ENDPOINT}/redeliver",
        "202",
        webhooks.REDELIVER_REQUEST,
        webhooks.REDELIVERED,
    ),
    ("get", f"{DELIVERY}/view", "200", None, webhooks.DELIVERY_DETAILS),
    ("post", f"{DELIVERY}/redeliver", "202", None, webhooks.DELIVERY_AGAIN),
]
OPERATIONS += ON_ONE
OPERATIONS += [(method, f"{path}/{{id}}", *rest) for method, path, *rest in ON_ONE]
#: Without an example: a file.
DOWNLOADS = {("get", f"{ATTACHMENT}/download"), ("get", f"{ATTACHMENT}/download/{{id}}")}

WEBHOOKS = {
    "CERTIFICATE::CREATE": certificates.EVENT_CERTIFICATE,
    "CERTIFICATE::UPDATE": certificates.EVENT_UPDATE,
    "CERTIFICATE::DELETE": certificates.EVENT_CERTIFICATE,
    "CERTIFICATE_ACTION::CREATE": certificates.ACTION,
    "CERTIFICATE_ACTION::UPDATE": certificates.EVENT_ACTION_UPDATE,
    "CERTIFICATE_ACTION::DELETE": certificates.ACTION,
}


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
        if path.startswith((RECORDS, CERTIFICATIONS, CRON, EARNED, DEFINITIONS, "/v2/"))
        for method in operations
    }

    ours = {("get", f"{CERTIFICATIONS}/{{mentor_id}}/reminder-plan")}
    assert documented == {(method, path) for method, path, *_ in OPERATIONS} | DOWNLOADS | ours


def test_the_webhooks_stand_in_it_with_their_examples_and_headers(schema: dict[str, Any]) -> None:
    assert list(schema["webhooks"]) == list(WEBHOOKS)
    for name, example in WEBHOOKS.items():
        sent = schema["webhooks"][name]["post"]
        assert examples_in(sent["requestBody"]) == [example]
        assert {parameter["name"] for parameter in sent["parameters"]} == {
            "webhook-id",
            "webhook-timestamp",
            "webhook-signature",
            "X-Event",
            "X-Sequence",
        }


def test_every_id_in_the_query_is_a_required_parameter(schema: dict[str, Any]) -> None:
    for method, path, *_ in ON_ONE:
        named = {one["name"]: one for one in schema["paths"][path][method]["parameters"]}
        assert named["id"]["required"], path
        assert named["id"]["in"] == "query"
