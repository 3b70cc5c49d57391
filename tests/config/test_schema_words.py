"""What the OpenAPI document tells: headers, media types, descriptions, tags, servers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

Document = dict[str, Any]

RECORDS = "/api/v1/certification-records"


def fetched(api: APIClient) -> Document:
    document: Document = api.get("/api/schema", HTTP_ACCEPT="application/json").json()
    return document


@pytest.fixture
def document(api: APIClient) -> Document:
    return fetched(api)


def operations(document: Document) -> Iterator[tuple[str, dict[str, Any]]]:
    for group in ("paths", "webhooks"):
        for path, methods in document[group].items():
            for method, operation in methods.items():
                yield f"{method} {path}", operation


def headers(document: Document, method: str, path: str, status: int) -> set[str]:
    return set(document["paths"][path][method]["responses"][str(status)]["headers"])


def test_every_answer_names_the_headers_that_all_have(document: Document) -> None:
    for method in document["paths"].values():
        for operation in method.values():
            for answer in operation["responses"].values():
                assert {"X-Request-ID", "RateLimit", "RateLimit-Policy"} <= set(answer["headers"])


@pytest.mark.parametrize(
    ("method", "path", "status", "names"),
    [
        ("get", RECORDS, 200, {"Link"}),
        ("get", f"{RECORDS}/expiring", 200, {"Link"}),
        ("get", "/api/v1/certification-cron/{id}/runs", 200, {"Link"}),
        ("get", RECORDS, 401, {"WWW-Authenticate"}),
        ("get", RECORDS, 429, {"Retry-After"}),
        ("get", RECORDS, 503, {"Retry-After"}),
        ("post", RECORDS, 201, {"Location", "Idempotent-Replayed"}),
        ("post", RECORDS, 409, {"Retry-After"}),
        ("get", f"{RECORDS}/{{mentor_id}}", 200, {"ETag"}),
        ("get", f"{RECORDS}/{{mentor_id}}", 304, {"ETag"}),
        ("put", f"{RECORDS}/{{mentor_id}}", 200, {"ETag"}),
        ("put", "/api/v1/mentors/{mentor_id}", 201, {"ETag", "Location"}),
        ("post", "/v2/webhook-endpoint/create", 201, {"Location", "Idempotent-Replayed"}),
        ("get", "/v2/webhook-event/index", 200, {"Link"}),
        ("get", "/v2/attachment/download/{id}", 200, {"Content-Disposition"}),
        (
            "post",
            "/v2/certificate/index",
            200,
            {
                "Link",
                "X-Pagination-Current-Page",
                "X-Pagination-Page-Count",
                "X-Pagination-Per-Page",
                "X-Pagination-Total-Count",
            },
        ),
    ],
)
def test_an_answer_names_its_own_headers(
    document: Document, method: str, path: str, status: int, names: set[str]
) -> None:
    assert names <= headers(document, method, path, status)


@pytest.mark.parametrize(("path", "name"), [(RECORDS, "Location"), (f"{RECORDS}/expiring", "ETag")])
def test_an_answer_names_no_header_that_it_lacks(document: Document, path: str, name: str) -> None:
    assert name not in headers(document, "get", path, 200)


def test_all_headers_are_described_once(document: Document) -> None:
    known = document["components"]["headers"]

    assert all(header["description"] and header["schema"] for header in known.values())
    for method in document["paths"].values():
        for operation in method.values():
            for answer in operation["responses"].values():
                for name, header in answer["headers"].items():
                    assert header == {"$ref": f"#/components/headers/{name}"}
                    assert name in known


@pytest.mark.django_db
def test_headers_that_are_answered_are_named(api: APIClient, document: Document) -> None:
    """Of what this API adds; others are HTTP's own."""
    own = set(document["components"]["headers"])
    made = api.post(
        RECORDS,
        {"mentor_id": "m", "cert_type": "t", "expires_at": "2199-01-01"},
        HTTP_IDEMPOTENCY_KEY="one",
    )
    asked = [
        ("post", RECORDS, made),
        ("get", RECORDS, api.get(RECORDS)),
        ("get", f"{RECORDS}/{{mentor_id}}", api.get(f"{RECORDS}/m")),
        ("get", "/api/v1/mentors", api.get("/api/v1/mentors")),
    ]

    for method, path, answer in asked:
        answered = {name for name in own if name in answer}
        assert answered <= headers(document, method, path, answer.status_code), path


def test_a_download_is_no_json(document: Document) -> None:
    answer = document["paths"]["/v2/attachment/download/{id}"]["get"]["responses"]["200"]

    assert list(answer["content"]) == ["application/octet-stream"]


def test_every_parameter_and_property_is_described(document: Document) -> None:
    missing = []

    def look(value: Any, place: str) -> None:
        if isinstance(value, dict):
            properties = value.get("properties")
            for name, schema in (properties if isinstance(properties, dict) else {}).items():
                if not schema.get("description"):
                    missing.append(f"{place}/{name}")
            for name, inner in value.items():
                if name not in ("example", "examples"):
                    look(inner, f"{place}/{name}")
        elif isinstance(value, list):
            for inner in value:
                look(inner, place)

    look(document, "#")
    for place, operation in operations(document):
        parameters = operation.get("parameters", [])
        missing += [f"{place} {one['name']}" for one in parameters if not one.get("description")]

    assert missing == []


def test_each_operation_has_an_id_of_its_own_and_a_tag_that_is_described(
    document: Document,
) -> None:
    tags = {tag["name"] for tag in document["tags"] if tag["description"]}
    ids = [operation["operationId"] for _, operation in operations(document)]

    assert len(set(ids)) == len(ids)
    for place, operation in operations(document):
        assert set(operation["tags"]) <= tags, place
        assert operation["summary"], place


def test_no_page_has_a_default_that_a_client_would_send_beside_a_cursor(
    document: Document,
) -> None:
    for place, operation in operations(document):
        for parameter in operation.get("parameters", []):
            if parameter["name"] == "page":
                assert "default" not in parameter["schema"], place


def test_filters_that_may_be_repeated_are_arrays(document: Document) -> None:
    parameters = {one["name"]: one for one in document["paths"][RECORDS]["get"]["parameters"]}

    for name in ("mentor_id", "cert_type", "status"):
        assert parameters[name]["schema"]["type"] == "array"
        assert (parameters[name]["style"], parameters[name]["explode"]) == ("form", True)
    assert parameters["ordering"]["schema"]["type"] == "string"


def test_servers_begin_with_the_public_url(api: APIClient, settings: Settings) -> None:
    settings.PUBLIC_URL = "https://certkeep.example.org"

    urls = [server["url"] for server in fetched(api)["servers"]]

    assert urls == ["https://certkeep.example.org", "/"]


def test_without_one_the_server_is_the_documents_own(api: APIClient, settings: Settings) -> None:
    settings.PUBLIC_URL = ""

    assert [server["url"] for server in fetched(api)["servers"]] == ["/"]
