"""What random requests (tests/fuzz) found, each by itself."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.config.test_problems import assert_problem
from tests.factories import CertificationFactory, TenantFactory
from tests.tenants import member_api

RECORDS = "/api/v1/certification-records"
INDEXES = [
    f"/v2/{what}/index"
    for what in (
        "certificate",
        "certificate-action",
        "attachment",
        "webhook-endpoint",
        "webhook-delivery",
    )
]

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def document() -> Any:
    answer = APIClient().get("/api/schema", HTTP_ACCEPT="application/vnd.oai.openapi+json")
    return answer.json()


@pytest.mark.parametrize("path", [RECORDS, f"{RECORDS}/m", "/api/v1/certification-cron/cron-1"])
def test_options_answers_what_methods_there_are(api: APIClient, path: str) -> None:
    response = api.options(path)

    assert response.status_code == 204
    assert "GET" in response["Allow"]
    assert not response.content


@pytest.mark.parametrize("operation", ["certificate/update", "webhook-endpoint/update"])
def test_options_of_an_entity_needs_no_row(operation: str) -> None:
    api = member_api(TenantFactory.create())

    assert api.options(f"/v2/{operation}/nothing").status_code == 204


@pytest.mark.parametrize("method", ["PATCH", "TRACE"])
def test_a_method_that_is_not_there_is_a_405_whatever_its_parameters(
    api: APIClient, method: str
) -> None:
    assert_problem(api.generic(method, f"{RECORDS}?page=1&limit=x"), 405)


@pytest.mark.parametrize("path", [RECORDS, "/api/v1/certifications"])
@pytest.mark.parametrize("ordering", ["", ",", "mentor_id,", ",-mentor_id"])
def test_an_order_by_nothing_is_refused(api: APIClient, path: str, ordering: str) -> None:
    CertificationFactory.create()

    response = api.get(path, {"ordering": ordering})

    assert_problem(response, 400)
    assert response.json()["errors"][0]["pointer"] == "?ordering"


@pytest.mark.parametrize("name", ["expires_after", "expires_before"])
def test_an_empty_moment_is_refused(api: APIClient, name: str) -> None:
    response = api.get(RECORDS, {name: ""})

    assert_problem(response, 400)
    assert response.json()["errors"][0]["pointer"] == f"?{name}"


@pytest.mark.parametrize("path", INDEXES)
def test_an_index_takes_no_body_but_no_null(path: str) -> None:
    api = member_api(TenantFactory.create())

    assert api.post(path).status_code == 200
    assert_problem(api.generic("POST", path, "null", content_type="application/json"), 400)


@pytest.mark.parametrize(("number", "status"), [("5.0", 200), ("5e0", 200), ("5.5", 400)])
def test_a_number_is_whole_by_its_value(number: str, status: int) -> None:
    api = member_api(TenantFactory.create())
    body = f'{{"per-page": {number}}}'

    response = api.generic("POST", INDEXES[0], body, content_type="application/json")

    assert response.status_code == status


@pytest.mark.parametrize("value", [0, 1.5, True, [], {}])
def test_headers_of_an_endpoint_are_strings(value: object) -> None:
    tenant = TenantFactory.create()

    response = member_api(tenant).post(
        "/v2/webhook-endpoint/create",
        {
            "tenant_id": str(tenant.pk),
            "name": "n",
            "url": "https://hr.example.org/hook",
            "events": ["CERTIFICATE::CREATE"],
            "headers": {"x-key": value},
        },
    )

    assert_problem(response, 400)
    assert response.json()["errors"][0]["pointer"] == "#/headers/x-key"


def test_the_document_says_that_bodies_have_no_other_keys(document: Any) -> None:
    schema = document["components"]["schemas"]["RecordInputRequest"]

    assert schema["additionalProperties"] is False
    assert "renewal_history" not in schema["properties"]
    assert "renewal_history" in next(iter(schema["patternProperties"]))


def test_the_document_lets_a_filter_be_null_in_one_way(document: Any) -> None:
    kinds = document["components"]["schemas"]["CertificateFilterRequest"]["properties"]["name"]

    assert kinds["oneOf"].count({"type": "null"}) == 1


def test_the_document_says_which_words_are_ids(document: Any) -> None:
    schema = document["components"]["schemas"]["RecordInputRequest"]["properties"]["mentor_id"]

    assert "maxLength" not in schema  # trimmed before it is measured
    assert "expiring" in schema["pattern"]
