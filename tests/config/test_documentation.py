from __future__ import annotations

import re

import pytest
from django.contrib.staticfiles import finders
from openapi_spec_validator import validate
from rest_framework.test import APIClient


def test_the_openapi_document_is_valid_3_1(api: APIClient) -> None:
    document = api.get("/api/schema", HTTP_ACCEPT="application/vnd.oai.openapi+json").json()

    assert document["openapi"].startswith("3.1")
    validate(document)


@pytest.mark.parametrize("path", ["/api/docs", "/api/redoc"])
def test_the_documentation_loads_nothing_from_elsewhere(api: APIClient, path: str) -> None:
    response = api.get(path)

    page = response.content.decode()
    assets = re.findall(r'(?:src|href)="([^"]+\.(?:js|css|png)[^"]*)"', page)
    assert response.status_code == 200
    assert assets
    assert all(finders.find(asset.removeprefix("/static/")) for asset in assets)
    assert not re.findall(r"https?://(?!testserver)[^\s\"']+\.(?:js|css)", page)


def test_the_root_leads_to_the_documentation(api: APIClient) -> None:
    assert api.get("/")["Location"] == "/api/docs"
