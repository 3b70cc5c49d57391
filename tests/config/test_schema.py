from __future__ import annotations

from html.parser import HTMLParser

import pytest
from django.contrib.staticfiles import finders
from openapi_spec_validator import validate
from rest_framework.test import APIClient


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
