"""Requests that another site's page made a browser send, or that were meant for another site."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings
from rest_framework.test import APIClient

from cron.models import ExpiryCheckRun
from tests.conftest import client_of
from tests.factories import CertificationFactory

pytestmark = pytest.mark.django_db

RECORDS = "/api/v1/certification-records"
JOBS = "/api/v1/certification-cron"
EVERYWHERE = [
    RECORDS,
    f"{RECORDS}/expiring",
    f"{RECORDS}/m",
    JOBS,
    "/v2/certificate/view/1",
    "/metrics",
    "/readyz",
    "/api/schema",
    "/api/docs",
    "/admin/login/",
    "/.well-known/jwks.json",
    "/badges/issuer",
    "/calendar/x.ics",
    "/problems/not-found",
    "/static/desk/desk.css",
    "/nowhere",
]


@pytest.mark.parametrize("path", EVERYWHERE)
@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example:8000", "a b", "localhost:x"]
)
def test_a_strangers_host_is_refused_everywhere(path: str, host: str) -> None:
    CertificationFactory.create(mentor__id="m")

    answer: Any = Client().get(path, HTTP_HOST=host)

    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["detail"] == "The request can't be understood."


def test_a_scanner_fills_no_log_with_tracebacks(caplog: pytest.LogCaptureFixture) -> None:
    Client().get(RECORDS, HTTP_HOST="evil.example")

    assert "Traceback" not in caplog.text
    assert not [each for each in caplog.records if each.levelname in ("ERROR", "CRITICAL")]


@pytest.mark.parametrize("host", ["evil.example", "10.0.0.7:8000"])
def test_but_the_probe_answers_by_any_name(host: str) -> None:
    assert Client().get("/livez", HTTP_HOST=host).status_code == 200


def make_job() -> str:
    job = {"name": "nightly", "cron_expression": "0 2 * * *"}
    made = client_of("maker", "system").post(JOBS, job)
    return f"{JOBS}/{made.json()['id']}/execute"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        # A bare POST, a form, and what `no-cors` lets a page say its body is.
        ({"CONTENT_TYPE": ""}, 415),
        ({"CONTENT_TYPE": "text/plain"}, 415),
        ({"CONTENT_TYPE": "application/x-www-form-urlencoded"}, 415),
        ({"CONTENT_TYPE": "multipart/form-data; boundary=x"}, 415),
        ({"CONTENT_TYPE": "text/plain; application/json"}, 415),
        ({"HTTP_ORIGIN": "https://evil.example"}, 403),
        ({"HTTP_ORIGIN": "null"}, 403),
        ({"HTTP_ORIGIN": "http://testserver.evil.example"}, 403),
        ({"HTTP_ORIGIN": "https://testserver"}, 403),
        ({"HTTP_SEC_FETCH_SITE": "cross-site"}, 403),
        ({"HTTP_SEC_FETCH_SITE": "same-site"}, 403),
    ],
)
def test_another_sites_page_starts_nothing(headers: dict[str, Any], status: int) -> None:
    path = make_job()

    answer: Any = Client().generic(
        "POST", path, "", **{"CONTENT_TYPE": "application/json", **headers}
    )

    assert answer.status_code == status
    assert not ExpiryCheckRun.objects.exists()


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_another_sites_page_changes_nothing(method: str) -> None:
    certification = CertificationFactory.create(mentor__id="m")
    path = f"{RECORDS}/m/renewals" if method == "POST" else f"{RECORDS}/m"

    answer = Client().generic(
        method, path, "{}", content_type="application/json", HTTP_ORIGIN="https://evil.example"
    )

    assert answer.status_code == 403
    certification.refresh_from_db()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"HTTP_ORIGIN": "http://testserver"},
        {"HTTP_ORIGIN": "https://desk.example.org"},
        {"HTTP_SEC_FETCH_SITE": "same-origin", "HTTP_ORIGIN": "http://testserver"},
        {"HTTP_SEC_FETCH_SITE": "none"},
        {"CONTENT_TYPE": "application/json; charset=utf-8"},
    ],
)
def test_our_own_pages_and_programs_do(settings: Settings, headers: dict[str, Any]) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://desk.example.org"]
    path = make_job()

    answer: Any = Client().generic(
        "POST", path, '{"dry_run": true}', **{"CONTENT_TYPE": "application/json", **headers}
    )

    assert answer.status_code == 202


def test_a_delete_needs_no_type_of_a_body_that_it_has_not(api: APIClient) -> None:
    CertificationFactory.create(mentor__id="m")

    assert Client().delete(f"{RECORDS}/m", content_type="").status_code == 200


def test_whoever_has_a_token_may_come_from_anywhere() -> None:
    path = make_job()

    answer = client_of("machine", "system").generic(
        "POST", path, "", content_type="", HTTP_ORIGIN="https://app.example.org"
    )

    assert answer.status_code == 202


@pytest.mark.parametrize("path", [RECORDS, "/v2/certificate/view/1", "/readyz", "/metrics"])
def test_a_token_that_comes_in_the_clear_is_refused_not_redirected(
    settings: Settings, path: str
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    client = client_of("machine", "system")

    clear = client.get(path)
    secure = client.get(path, HTTP_X_FORWARDED_PROTO="https")

    assert clear.status_code == 403
    assert "Location" not in clear
    assert clear.json()["detail"] == "The token came over plain http. Replace it, and use https."
    assert secure.status_code != 403


def test_what_the_apis_say_is_kept_by_no_cache(api: APIClient) -> None:
    CertificationFactory.create(mentor__id="m")

    for path in (RECORDS, f"{RECORDS}/m", f"{RECORDS}/nobody", JOBS, "/api/v1/mentors"):
        assert api.get(path)["Cache-Control"] == "no-store"
