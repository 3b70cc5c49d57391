"""Errors are problem details (RFC 9457), whatever goes wrong, and never a page or a stack trace."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from rest_framework.test import APIClient

from certifications import services
from config.accounts import issue_token
from config.errors import DomainError

pytestmark = pytest.mark.django_db

PATH = "/api/v1/certification-records"
BODY = {"mentor_id": "m", "cert_type": "t", "expires_at": "2099-01-01"}


def assert_problem(response: object, status: int) -> dict[str, object]:
    """The response is a problem of that status; returns it."""
    assert response.status_code == status  # type: ignore[attr-defined]
    assert response["Content-Type"] == "application/problem+json"  # type: ignore[index]
    body: dict[str, object] = response.json()  # type: ignore[attr-defined]
    assert body["status"] == status
    assert {"type", "title", "detail", "request_id"} <= set(body)
    assert body["request_id"] == response["X-Request-ID"]  # type: ignore[index]
    return body


def send(
    api: APIClient, method: str, path: str, body: bytes, content_type: str = "application/json"
) -> Any:
    """The response to a body as it is, byte for byte."""
    return api.generic(method, path, body, content_type=content_type)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "body", [b"{", b"", b"\xff", b"NaN", b'{"a": NaN}', b"[" * 5000, b'"\\ud800"']
)
def test_what_is_no_json_is_a_400(api: APIClient, body: bytes) -> None:
    response = send(api, "POST", PATH, body)

    assert_problem(response, 400)


@pytest.mark.parametrize("path", ["/api/v1/nothing", f"{PATH}/", "/api/v1/certifications/", "/x"])
def test_a_path_that_is_not_there_is_a_404(api: APIClient, path: str) -> None:
    assert_problem(api.get(path), 404)


def test_an_id_with_a_nul_is_a_404(api: APIClient) -> None:
    assert_problem(api.get(f"{PATH}/a%00b"), 404)


@pytest.mark.parametrize(("method", "path"), [("PATCH", PATH), ("PUT", f"{PATH}/expiring")])
def test_a_method_that_is_not_there_is_a_405(api: APIClient, method: str, path: str) -> None:
    response = send(api, method, path, b"{}")

    assert_problem(response, 405)
    assert "GET" in response["Allow"]


def test_no_token_is_a_401_that_names_the_scheme(api: APIClient) -> None:
    response = api.get("/api/v1/mentors")

    assert_problem(response, 401)
    assert response["WWW-Authenticate"] == "Bearer"


def test_a_token_without_the_role_is_a_403(api: APIClient) -> None:
    token = issue_token(account="client", roles=[], valid_for=timedelta(days=1))

    response = api.get("/api/v1/mentors", HTTP_AUTHORIZATION=f"Bearer {token}")

    assert_problem(response, 403)


@pytest.mark.parametrize("path", [PATH, "/api/v1/certifications", "/api/v1/certification-cron"])
def test_a_parameter_that_is_not_there_is_named(api: APIClient, path: str) -> None:
    body = assert_problem(api.get(path, {"colour": "red", "statuss": "active"}), 400)

    assert body["errors"] == [
        {"pointer": f"?{name}", "code": "unknown", "detail": "There is no such parameter."}
        for name in ("colour", "statuss")
    ]


def test_all_faults_of_a_query_are_named_at_once(api: APIClient) -> None:
    query = {"colour": "red", "page": "0", "status": "lost", "expires_after": "soon"}

    body: Any = assert_problem(api.get(PATH, query), 400)

    named = {fault["pointer"] for fault in body["errors"]}
    assert named == {"?colour", "?page", "?status", "?expires_after"}


def test_a_form_that_we_do_not_speak_is_a_406(api: APIClient) -> None:
    assert_problem(api.get(PATH, HTTP_ACCEPT="text/html"), 406)


def test_a_body_that_is_too_large_is_a_413(api: APIClient) -> None:
    body = b'{"mentor_id": "' + b"x" * 1024 * 1024 + b'"}'

    response = send(api, "POST", PATH, body)

    assert_problem(response, 413)


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/xml",
        "application/x-www-form-urlencoded",
        "application/merge-patch+json",
        "application/json; charset=latin-1",
        "application/json; charset=utf-16",
        "application/json; charset=nonsense",
    ],
)
def test_a_body_of_another_kind_is_a_415(api: APIClient, content_type: str) -> None:
    response = send(api, "POST", PATH, b"{}", content_type)

    assert_problem(response, 415)


def test_what_nobody_foresaw_is_a_500_that_is_logged_and_shows_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(**kwargs: object) -> None:
        raise ZeroDivisionError("the secret of the house")

    monkeypatch.setattr(services, "upsert_certification", broken)
    client = APIClient(raise_request_exception=False)

    with caplog.at_level(logging.ERROR):
        response = client.post(PATH, BODY)

    assert_problem(response, 500)
    assert not any(word in response.content for word in (b"secret", b"Traceback", b"ZeroDivision"))
    assert "the secret of the house" in caplog.text


def test_a_database_that_does_not_answer_is_a_503(
    api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(**kwargs: object) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(services, "upsert_certification", locked)

    response = api.post(PATH, BODY)

    assert_problem(response, 503)
    assert response["Retry-After"] == "5"


def test_a_problems_type_leads_to_its_meaning(api: APIClient) -> None:
    def kinds(base: type[DomainError]) -> list[type[DomainError]]:
        return [base, *(kind for sub in base.__subclasses__() for kind in kinds(sub))]

    for kind in kinds(DomainError):
        response = api.get(f"/problems/{kind.code}")

        assert response.status_code == 200
        assert response.json()["title"]
    assert_problem(api.get("/problems/none-such"), 404)


def test_the_type_of_an_answered_problem_can_be_looked_up(api: APIClient) -> None:
    api.post(PATH, BODY)
    again = {"mentor_id": "m", "certification_type": "t", "expiry_date": "2099-01-01"}

    problems = [
        assert_problem(api.post(PATH, {}), 400),
        assert_problem(api.get(f"{PATH}/nobody"), 404),
        assert_problem(api.post("/api/v1/certifications", again), 409),
    ]

    for body in problems:
        meaning = api.get(str(body["type"]))
        assert meaning["Content-Type"] == "application/json"
        assert meaning.json() == {name: body[name] for name in ("type", "title", "status")}


def test_a_host_that_is_not_ours_is_a_400(api: APIClient) -> None:
    assert_problem(api.get(PATH, HTTP_HOST="elsewhere.example"), 400)
