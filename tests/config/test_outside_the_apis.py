"""Problems of paths that no API view answers: health, documentation, meanings of problems."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from tests.config.test_problems import assert_problem

PLAIN = ["/", "/livez", "/readyz", "/problems/not-found"]
DOCUMENTATION = ["/api/schema", "/api/docs", "/api/redoc"]


@pytest.mark.parametrize("path", [*PLAIN[1:], *DOCUMENTATION])
def test_a_method_that_is_not_there_is_a_405(api: APIClient, path: str) -> None:
    response = api.put(path, {})

    assert_problem(response, 405)
    assert "GET" in response["Allow"]


@pytest.mark.parametrize("path", PLAIN)
def test_a_post_without_a_csrf_token_gets_no_page(path: str) -> None:
    client = APIClient(enforce_csrf_checks=True)

    response = client.post(path, {})

    assert response.status_code in (403, 405)
    assert_problem(response, response.status_code)


@pytest.mark.parametrize("path", DOCUMENTATION)
def test_a_form_that_is_not_there_is_a_406(api: APIClient, path: str) -> None:
    assert_problem(api.get(path, HTTP_ACCEPT="image/png"), 406)


def test_a_person_in_the_admin_gets_a_page(api: APIClient) -> None:
    response = api.get("/admin/login/")

    assert response["Content-Type"].startswith("text/html")
