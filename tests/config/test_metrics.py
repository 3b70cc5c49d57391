"""`/metrics`: who may read it, and what of requests it tells."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import DatabaseError
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings
from rest_framework.test import APIClient

from config.metrics import counters, figures
from config.metrics.figures import Figure
from config.models import Counter
from tests.conftest import client_of

pytestmark = pytest.mark.django_db

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def read(api: APIClient) -> Samples:
    """The samples by name and labels."""
    answer = api.get("/metrics")
    assert answer.status_code == 200, answer.content
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


def requests_of(api: APIClient, view: str, status: str = "200", method: str = "GET") -> float:
    labels = (("method", method), ("status", status), ("view", view))
    return read(api).get(("certkeep_http_request_duration_seconds_count", labels), 0)


def test_it_is_text_as_prometheus_reads_it(api: APIClient) -> None:
    answer = api.get("/metrics", headers={"Accept": "application/openmetrics-text"})

    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    assert "# TYPE certkeep_runs_total counter" in answer.content.decode()


def test_it_is_for_reading_alone(api: APIClient) -> None:
    answer = api.post("/metrics", {})

    assert answer.status_code == 405
    assert answer["Allow"] == "GET, HEAD"


def test_where_it_is_off_there_is_nothing(api: APIClient, settings: Settings) -> None:
    settings.METRICS = "off"

    assert api.get("/metrics").status_code == 404


def test_with_token_nobody_reads_it_without_one(api: APIClient, settings: Settings) -> None:
    settings.METRICS = "token"

    answer = api.get("/metrics")

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("role", "status"), [("system", 200), ("admin", 200), ("auditor", 403), ("coordinator", 403)]
)
def test_with_token_the_role_decides(role: str, status: int, settings: Settings) -> None:
    settings.METRICS = "token"

    assert client_of(f"the-{role}", role).get("/metrics").status_code == status


def test_a_token_that_is_none_is_refused(api: APIClient, settings: Settings) -> None:
    settings.METRICS = "token"
    api.credentials(HTTP_AUTHORIZATION="Bearer nonsense")

    assert api.get("/metrics").status_code == 401


def test_requests_are_counted_by_route_method_and_status(api: APIClient) -> None:
    route = "api/v1/certifications/<mentor_id>"
    before = requests_of(api, route, "404")

    api.get("/api/v1/certifications/somebody-1")
    api.get("/api/v1/certifications/somebody-2")

    assert requests_of(api, route, "404") == before + 2
    assert "somebody" not in api.get("/metrics").content.decode()


def test_what_leads_nowhere_is_one_line_however_it_is_spelt(api: APIClient) -> None:
    before = requests_of(api, "none", "404")
    api.get("/nowhere/1")
    api.get("/nowhere/2")
    assert requests_of(api, "none", "404") == before + 2


def test_methods_that_a_client_invents_are_one(api: APIClient) -> None:
    before = requests_of(api, "livez", "405", "other")
    api.generic("BREW", "/livez")
    api.generic("BAKE", "/livez")
    assert requests_of(api, "livez", "405", "other") == before + 2


def test_counts_of_many_rows_add_up() -> None:
    Counter.objects.create(name="cakes", outcome="eaten", value=2)
    Counter.objects.create(name="cakes", outcome="eaten", value=3)

    counters.add("cakes", eaten=4, burnt=1, sold=0)

    found = counters.figure("cakes", "Cakes.", "fate", ("eaten", "sold"))
    assert found.values == {("eaten",): 9, ("burnt",): 1, ("sold",): 0}


@pytest.fixture
def _a_part_that_is_broken() -> Iterator[None]:
    def fail(now: object) -> list[Figure]:
        raise DatabaseError("no")

    figures.register("broken", fail)
    yield
    figures._sources.pop("broken")


@pytest.mark.usefixtures("_a_part_that_is_broken")
def test_a_part_that_can_not_be_read_hides_no_other(api: APIClient) -> None:
    samples = read(api)

    assert samples["certkeep_source_up", (("source", "broken"),)] == 0
    assert samples["certkeep_source_up", (("source", "cron"),)] == 1
    assert ("certkeep_runs_total", (("status", "failed"),)) in samples
