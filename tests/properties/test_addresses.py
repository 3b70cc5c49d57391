"""Whatever stands in an address where an id belongs, no answer is a fault of ours."""

from __future__ import annotations

import re
from urllib.parse import quote_from_bytes

import pytest
from django.contrib import admin
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from tests.access.table import routes
from tests.conftest import client_of

PARAMETER = re.compile("<[^>]*>")
ROUTES = sorted({route for route, _ in routes() if PARAMETER.search(route)})
#: What is taken for a number, a UUID, or neither, at the edges of what columns hold.
EDGES = st.sampled_from(
    [
        *("0", "-1", "1", "٣", "1e3", "0x10", "9223372036854775807", "9223372036854775808"),
        *("9" * 30, "cron-999999999999999999999", "run-0", "earned-001", "bdg-def-9" + 30 * "9"),
        *("123e4567-e89b-12d3-a456-426655440000", "{123e4567e89b12d3a456426655440000}"),
        *("0" * 32, ".", "..", "%", "_3A", "m" * 300, "\x00", "a\x00b", "\n", "\u202e"),
    ]
)
WORDS = EDGES.map(str.encode) | st.text().map(lambda text: text.encode("utf-8", "surrogatepass"))
IDS = (WORDS | st.binary(max_size=40)).map(quote_from_bytes)

pytestmark = pytest.mark.django_db


def answers(client: APIClient | Client, method: str, route: str, parameter: str) -> int:
    path = PARAMETER.sub(lambda _: parameter, route)
    return int(client.generic(method, f"/{path}", "{}", "application/json").status_code)


@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
def test_any_text_in_place_of_an_id_of_the_apis_is_understood_or_refused(method: str) -> None:
    client = client_of("anybody", "system", "admin")
    client.raise_request_exception = False
    apis = [route for route in ROUTES if not route.startswith("admin/")]

    @settings(max_examples=150)
    @given(route=st.sampled_from(apis), parameter=IDS)
    def check(route: str, parameter: str) -> None:
        assert answers(client, method, route, parameter) < 500

    check()


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_any_text_in_place_of_an_id_at_the_desk_is_understood_or_refused(
    desk: Client, method: str
) -> None:
    desk.raise_request_exception = False
    pages = [route for route in ROUTES if route.startswith("admin/")]

    @settings(max_examples=150)
    @given(route=st.sampled_from(pages), parameter=IDS)
    def check(route: str, parameter: str) -> None:
        assert answers(desk, method, route, parameter) < 500

    check()


def test_any_text_in_place_of_a_filter_at_the_desk_is_understood_or_refused(desk: Client) -> None:
    desk.raise_request_exception = False
    lists = sorted(
        f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        for model in admin.site._registry
    )
    names = ["q", "o", "p", "all", "e", "id__exact", "status__exact", "organisation__id__exact"]
    names += ["tenant__exact", "state__exact", "groups__id__exact", "expires_at__gte", "_facets"]

    @settings(max_examples=100)
    @given(page=st.sampled_from(lists), name=st.sampled_from(names), value=IDS)
    def check(page: str, name: str, value: str) -> None:
        assert desk.get(f"{page}?{name}={value}").status_code < 500

    check()
