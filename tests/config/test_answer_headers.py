"""What answers say beside their body: Location, ETag of what was put, Link, redirects, 401s."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from certificates.models import Tenant
from certificates.webhooks.api.examples import ENDPOINT_CREATE_REQUEST
from tests.config.test_conditional import MENTOR, RECORD
from tests.config.test_problems import assert_problem
from tests.conftest import client_of
from tests.factories import BadgeDefinitionFactory, CertificationFactory, TenantFactory
from tests.tenants import member_api

pytestmark = pytest.mark.django_db

PERSON = "123e4567-e89b-12d3-a456-426655440000"
TEXT = {"name": "First", "description": "Ten talks.", "criteria": "Have ten."}


@pytest.fixture
def tenant() -> Tenant:
    return TenantFactory.create()


@pytest.fixture
def everything_api(tenant: Tenant) -> APIClient:
    return client_of("everything", "system", "admin")


def bodies(tenant: Tenant) -> dict[str, tuple[str, Any]]:
    certificate = {
        "date_release": "2023-01-01",
        "name": "Safety",
        "action_type": "TRAINING",
        "resource_id": PERSON,
        "tenant_id": str(tenant.pk),
    }
    endpoint = {**ENDPOINT_CREATE_REQUEST, "tenant_id": str(tenant.pk)}
    return {
        "/api/v1/certification-records": ("mentor_id", {"mentor_id": "m", **RECORD}),
        "/api/v1/certifications": (
            "mentor_id",
            {"mentor_id": "n", "certification_type": "a/b ?", "expiry_date": "2199-01-01"},
        ),
        "/api/v1/certification-cron": ("id", {"name": "n", "cron_expression": "0 2 * * *"}),
        "/api/v1/badge-definitions": ("id", TEXT),
        "/v2/certificate/create": ("certificate_id", certificate),
        "/v2/webhook-endpoint/create": ("webhook_endpoint_id", endpoint),
    }


def path_of(url: str) -> str:
    parts = urlsplit(url)
    assert (parts.scheme, parts.netloc) == ("http", "testserver")
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def test_what_was_made_can_be_read_where_location_says(
    everything_api: APIClient, tenant: Tenant
) -> None:
    # A later one of another type is what the bare path means.
    CertificationFactory.create(
        mentor__id="m",
        issued_at=datetime(2150, 1, 1, tzinfo=UTC),
        expires_at=datetime(2198, 1, 1, tzinfo=UTC),
    )

    for path, (key, body) in bodies(tenant).items():
        made = everything_api.post(path, body)
        read = everything_api.get(path_of(made["Location"]))

        assert made.status_code == 201, made.content
        assert read.status_code == 200, (path, made["Location"])
        assert read.json()[key] == made.json()[key]
    again = everything_api.get("/api/v1/certification-records/m?cert_type=peer_mentor")
    assert again.json()["cert_type"] == "peer_mentor"


def test_a_replayed_answer_has_the_location_of_the_first(api: APIClient) -> None:
    body = {"mentor_id": "m", **RECORD}

    first, second = (
        api.post("/api/v1/certification-records", body, HTTP_IDEMPOTENCY_KEY="one")
        for _ in range(2)
    )

    assert second["Idempotent-Replayed"] == "true"
    assert second["Location"] == first["Location"]


def test_a_new_mentor_and_a_renewal_have_a_location_and_what_is_not_new_has_none(
    everything_api: APIClient,
) -> None:
    renewal = {"renewed_at": "2026-01-01", "expires_at": "2199-02-01"}
    new, old = (everything_api.put("/api/v1/mentors/m", MENTOR) for _ in range(2))
    everything_api.post("/api/v1/certification-records", {"mentor_id": "m", **RECORD})
    path = "/api/v1/certification-records/m"
    appended = everything_api.post(f"{path}/renewals?cert_type=peer_mentor", renewal)

    assert path_of(new["Location"]) == "/api/v1/mentors/m"
    assert "Location" not in old
    assert path_of(appended["Location"]) == f"{path}?cert_type=peer_mentor"


def put_record(api: APIClient) -> tuple[str, Any]:
    CertificationFactory.create(mentor__id="m", certification_type__code="peer_mentor")
    return "/api/v1/certification-records/m", RECORD


def put_expiry(api: APIClient) -> tuple[str, Any]:
    CertificationFactory.create(mentor__id="m", certification_type__code="peer_mentor")
    body = {"certification_type": "peer_mentor", "expiry_date": "2199-01-01"}
    return "/api/v1/certifications/m?certification_type=peer_mentor", body


def put_mentor(api: APIClient) -> tuple[str, Any]:
    return "/api/v1/mentors/m", MENTOR


def put_job(api: APIClient) -> tuple[str, Any]:
    job = api.post("/api/v1/certification-cron", {"name": "n", "cron_expression": "0 2 * * *"})
    return f"/api/v1/certification-cron/{job.json()['id']}", {"cron_expression": "0 3 * * *"}


def put_definition(api: APIClient) -> tuple[str, Any]:
    return f"/api/v1/badge-definitions/{BadgeDefinitionFactory.create().public_id}", TEXT


@pytest.mark.parametrize("prepare", [put_record, put_expiry, put_mentor, put_job, put_definition])
def test_a_put_answers_the_tag_that_the_next_one_needs(
    everything_api: APIClient, prepare: Callable[[APIClient], tuple[str, Any]]
) -> None:
    path, body = prepare(everything_api)

    tag = everything_api.put(path, body)["ETag"]

    assert everything_api.get(path)["ETag"] == tag
    second = everything_api.put(path, body, HTTP_IF_MATCH=tag)
    assert second.status_code == 200
    assert everything_api.put(path, body, HTTP_IF_MATCH=second["ETag"]).status_code == 200
    assert everything_api.put(path, body, HTTP_IF_MATCH='"other"').status_code == 412


def test_a_put_that_fails_has_no_tag(everything_api: APIClient) -> None:
    answer = everything_api.put("/api/v1/certification-records/nobody", RECORD)

    assert_problem(answer, 404)
    assert "ETag" not in answer


def test_an_update_of_the_v2_apis_answers_its_tag_in_both_forms(tenant: Tenant) -> None:
    api = member_api(tenant)
    _, body = bodies(tenant)["/v2/certificate/create"]
    id = api.post("/v2/certificate/create", body).json()["certificate_id"]

    for form in (f"/{id}", f"?id={id}"):
        tag = api.put(f"/v2/certificate/update{form}", {"name": f"New {form}"})["ETag"]
        assert api.get(f"/v2/certificate/view{form}")["ETag"] == tag


@pytest.mark.parametrize(
    "ask",
    [
        lambda api: api.get("/api/v1/certification-records?limit=1&status=active"),
        lambda api: api.get("/api/v1/certification-records?limit=1&cursor="),
        lambda api: api.get("/api/v1/certification-cron"),
        lambda api: api.post("/v2/certificate/index?per-page=1", {}),
    ],
)
def test_links_go_by_the_public_url_where_it_is_set(
    everything_api: APIClient, settings: Settings, ask: Callable[[APIClient], Any]
) -> None:
    CertificationFactory.create_batch(2)
    settings.PUBLIC_URL = "https://certkeep.example.org"

    link = ask(everything_api)["Link"]

    urls = re.findall(r"<([^>]*)>", link)
    assert urls
    assert all(url.startswith("https://certkeep.example.org/") for url in urls)


def test_a_location_goes_by_the_public_url_as_well(api: APIClient, settings: Settings) -> None:
    settings.PUBLIC_URL = "https://certkeep.example.org"

    made = api.post("/api/v1/certification-records", {"mentor_id": "m", **RECORD})

    assert made["Location"].startswith("https://certkeep.example.org/api/v1/certification-records/")


def test_the_guess_of_the_embedded_default_is_no_public_url(
    api: APIClient, settings: Settings
) -> None:
    settings.PUBLIC_URL = settings.EMBEDDED_URL

    link = api.get("/api/v1/certification-records")["Link"]

    assert link.startswith("<http://testserver/api/v1/certification-records?")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize(
    "path", ["/api/v1/certification-records", "/v2/certificate/index", "/admin/login/"]
)
def test_what_came_by_http_is_sent_on_with_its_method(
    api: APIClient, settings: Settings, method: str, path: str
) -> None:
    settings.SECURE_SSL_REDIRECT = True

    answer = api.generic(method, path, content_type="application/json")

    assert answer.status_code == 308
    assert answer["Location"] == f"https://testserver{path}"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_mere_get_by_http_is_redirected_as_ever(
    api: APIClient, settings: Settings, method: str
) -> None:
    settings.SECURE_SSL_REDIRECT = True

    assert api.generic(method, "/api/v1/certification-records").status_code == 301


def test_only_a_token_that_is_wrong_is_called_so(api: APIClient) -> None:
    without = api.get("/api/v1/mentors")
    wrong = api.get("/api/v1/mentors", HTTP_AUTHORIZATION="Bearer wrong")

    assert without["WWW-Authenticate"] == "Bearer"
    assert wrong["WWW-Authenticate"] == 'Bearer error="invalid_token"'


@pytest.mark.parametrize("name", ["access-token", "access_token", "token"])
def test_a_token_in_the_query_string_is_told_where_it_belongs(api: APIClient, name: str) -> None:
    problem = assert_problem(api.post(f"/v2/certificate/index?{name}=secret", {}), 401)

    assert "Authorization: Bearer" in str(problem["detail"])
    assert "secret" not in str(problem)
