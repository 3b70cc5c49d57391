from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from unittest.mock import Mock

import pytest
from django.contrib.staticfiles import finders
from openapi_spec_validator import validate
from rest_framework.test import APIClient

from config.api import schema_view


class Assets(HTMLParser):
    """Collects what a page loads."""

    def __init__(self) -> None:
        super().__init__()
        self.urls: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        name = {"script": "src", "img": "src", "link": "href"}.get(tag)
        self.urls += [value for key, value in attrs if key == name and value]


def test_the_openapi_document_is_valid_3_1(api: APIClient) -> None:
    document = api.get("/api/schema", HTTP_ACCEPT="application/vnd.oai.openapi+json").json()

    assert document["openapi"].startswith("3.1")
    validate(document)


def test_the_document_has_the_paths_without_trailing_slash(api: APIClient) -> None:
    paths = api.get("/api/schema", HTTP_ACCEPT="application/vnd.oai.openapi+json").json()["paths"]

    assert "/api/v1/certification-records/{mentor_id}/renewals" in paths
    assert not [path for path in paths if path.endswith("/")]


@pytest.mark.parametrize("path", ["/api/docs", "/api/redoc"])
def test_the_documentation_loads_nothing_from_elsewhere(api: APIClient, path: str) -> None:
    response = api.get(path)

    page = Assets()
    page.feed(response.content.decode())
    assert response.status_code == 200
    assert page.urls
    assets = [url for url in page.urls if not url.startswith(f"{path}?")]  # its own script
    assert all(url.startswith("/static/") for url in assets)
    assert all(finders.find(url.removeprefix("/static/")) for url in assets)


def test_the_root_leads_to_the_documentation(api: APIClient) -> None:
    assert api.get("/")["Location"] == "/api/docs"


@pytest.mark.parametrize("accept", ["*/*", "application/vnd.oai.openapi+json"])
def test_the_document_is_made_once_whoever_asks(
    monkeypatch: pytest.MonkeyPatch, accept: str
) -> None:
    client = APIClient(HTTP_ACCEPT=accept)
    first = client.get("/api/schema")
    monkeypatch.setattr(schema_view, "_make", None)

    again = [
        client.get("/api/schema", HTTP_ACCEPT_LANGUAGE="nb"),
        client.get("/api/schema?lang=nb&version=2", HTTP_ACCEPT_LANGUAGE="de, nb;q=0.5"),
    ]
    unchanged = client.get("/api/schema", HTTP_IF_NONE_MATCH=first["ETag"])

    assert {answer.content for answer in again} == {first.content}
    assert b"Sertifisering" not in first.content
    assert (unchanged.status_code, unchanged.content) == (304, b"")


def test_many_who_ask_at_once_wait_for_one_document(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema_view, "_made", {})
    make = Mock(wraps=schema_view._make)
    monkeypatch.setattr(schema_view, "_make", make)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: APIClient().get("/api/schema").content, range(8)))

    assert len(set(answers)) == make.call_count == 1
