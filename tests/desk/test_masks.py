"""Credentials of receivers and monitors: shown to those who may change them, masked to others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from certificates.webhooks.models import WebhookEndpoint
from certificates.webhooks.services import endpoints
from certifications.models import Organisation
from config.masking import MASK, masked_path, masked_query, masked_values, unmasked_values
from cron.models import ExpiryCheckJob
from cron.services.jobs import create_job
from tests.factories import OrganisationFactory, TenantFactory

pytestmark = pytest.mark.django_db

ENDPOINTS = "/admin/webhooks/webhookendpoint/"
JOBS = "/admin/cron/expirycheckjob/"
SECRETS = ("bearer-1", "bearer-2", "key-1", "key-2", "ping-1")


@pytest.fixture(autouse=True)
def _receivers_on_this_machine(settings: Settings) -> None:
    settings.WEBHOOK_ALLOW_HTTP = True
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]


@pytest.fixture
def endpoint() -> WebhookEndpoint:
    """One whose credentials were changed, so that its history has both."""
    made = endpoints.create_endpoint(
        tenant=TenantFactory.create(),
        name="ERP",
        url="http://127.0.0.1:9/hook?token=key-1",
        events=["CERTIFICATE::CREATE"],
        headers={"Authorization": "bearer-1"},
        now=timezone.now(),
    )
    return endpoints.update_endpoint(
        endpoint=made.endpoint,
        url="http://127.0.0.1:9/hook?token=key-2",
        headers={"Authorization": "bearer-2"},
        now=timezone.now(),
    )


@pytest.fixture
def job() -> ExpiryCheckJob:
    return create_job(
        name="nightly",
        cron_expression="0 2 * * *",
        now=timezone.now(),
        ping_url="http://127.0.0.1:9/ping-1",
    )


def pages_of(client: Client, endpoint: WebhookEndpoint) -> dict[str, str]:
    """Every page on which an endpoint is shown."""
    paths = [ENDPOINTS, f"{ENDPOINTS}{endpoint.pk}/change/", f"{ENDPOINTS}{endpoint.pk}/history/"]
    paths += [
        f"{ENDPOINTS}{endpoint.pk}/history/{row.pk}/"
        for row in WebhookEndpoint.history.filter(webhook_endpoint_id=endpoint.pk)
    ]
    answers = {path: client.get(path) for path in paths}
    assert {answer.status_code for answer in answers.values()} == {200}
    return {path: answer.content.decode() for path, answer in answers.items()}


def test_an_auditor_sees_that_there_are_credentials_and_not_which(
    auditor: Client, endpoint: WebhookEndpoint
) -> None:
    pages = pages_of(auditor, endpoint)

    for path, page in pages.items():
        assert [secret for secret in SECRETS if secret in page] == [], path
        assert MASK in page, path
    shown = pages[f"{ENDPOINTS}{endpoint.pk}/change/"]
    assert "Authorization" in shown
    assert f"http://127.0.0.1:9/hook?{MASK}" in shown


def test_whoever_may_change_them_sees_them(desk: Client, endpoint: WebhookEndpoint) -> None:
    shown = pages_of(desk, endpoint)[f"{ENDPOINTS}{endpoint.pk}/change/"]

    assert "bearer-2" in shown
    assert "token=key-2" in shown


@pytest.mark.parametrize(
    "query",
    [
        {"q": "key-2"},
        {"url__contains": "key-2"},
        {"url__startswith": "http://127.0.0.1:9/hook?token=k"},
        {"headers__contains": "bearer-2"},
        {"headers__Authorization__startswith": "b"},
    ],
)
def test_an_auditor_can_not_find_out_by_searching(
    query: dict[str, str], auditor: Client, endpoint: WebhookEndpoint
) -> None:
    answer = auditor.get(ENDPOINTS, query)

    assert answer.status_code in (200, 302, 400)
    if answer.status_code == 200:
        assert list(answer.context["cl"].result_list) == []


def test_a_ping_url_is_shown_to_who_may_change_the_job_alone(
    desk: Client,
    auditor: Client,
    coordinator_of: Callable[[Organisation], Client],
    job: ExpiryCheckJob,
) -> None:
    coordinator = coordinator_of(OrganisationFactory.create())
    change = f"{JOBS}{job.pk}/change/"

    assert "http://127.0.0.1:9/ping-1" in desk.get(change).content.decode()
    for client in (auditor, coordinator):
        page = client.get(change)
        assert page.status_code == 200
        assert "ping-1" not in page.content.decode()
        assert f"http://127.0.0.1:9/{MASK}" in page.content.decode()
        found = client.get(JOBS, {"ping_url__contains": "ping-1"})
        assert found.status_code in (302, 400)


def test_values_of_headers_are_write_only_in_the_api(
    system_api: APIClient, endpoint: WebhookEndpoint
) -> None:
    base = "/v2/webhook-endpoint"
    new = {
        "tenant_id": str(endpoint.tenant_id),
        "name": "HR",
        "url": "http://127.0.0.1:9/",
        "events": ["CERTIFICATE::CREATE"],
        "headers": {"X-Key": "bearer-1"},
    }

    answers = [
        system_api.post(f"{base}/create", new),
        system_api.get(f"{base}/view/{endpoint.pk}"),
        system_api.post(f"{base}/index", {}),
        system_api.put(f"{base}/update/{endpoint.pk}", {"name": "Renamed"}),
        system_api.post(f"{base}/rotate-secret/{endpoint.pk}"),
    ]

    for answer in answers:
        assert answer.status_code in (200, 201), answer.content
        assert MASK in answer.content.decode()
        assert "bearer-" not in answer.content.decode()


def test_a_mask_that_is_sent_back_keeps_its_value_and_none_is_stored(
    system_api: APIClient, endpoint: WebhookEndpoint
) -> None:
    update = f"/v2/webhook-endpoint/update/{endpoint.pk}"

    kept = system_api.put(update, {"headers": {"authorization": MASK, "X-New": "new"}})
    endpoint.refresh_from_db()
    both = dict(endpoint.headers)
    refused = system_api.put(update, {"headers": {"X-Other": MASK}})
    gone = system_api.put(update, {"headers": {"X-New": MASK}})
    endpoint.refresh_from_db()

    assert kept.json()["headers"] == {"authorization": MASK, "X-New": MASK}
    assert both == {"authorization": "bearer-2", "X-New": "new"}
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == "#/headers/X-Other"
    assert gone.status_code == 200
    assert endpoint.headers == {"X-New": "new"}


def test_a_mask_is_no_value_of_a_new_endpoint(system_api: APIClient) -> None:
    answer = system_api.post(
        "/v2/webhook-endpoint/create",
        {
            "tenant_id": str(TenantFactory.create().pk),
            "name": "HR",
            "url": "http://127.0.0.1:9/",
            "events": ["CERTIFICATE::CREATE"],
            "headers": {"X-Key": MASK},
        },
    )

    assert answer.status_code == 400
    assert not WebhookEndpoint.objects.exists()


def test_the_form_of_the_admin_takes_a_mask_as_well(
    desk: Client, endpoint: WebhookEndpoint
) -> None:
    form: dict[str, Any] = {
        "name": "ERP",
        "url": endpoint.url,
        "events": ["CERTIFICATE::CREATE"],
        "headers": f'{{"Authorization": "{MASK}"}}',
        "enabled": "on",
    }

    answer = desk.post(f"{ENDPOINTS}{endpoint.pk}/change/", form)

    assert answer.status_code == 302, answer.content
    endpoint.refresh_from_db()
    assert endpoint.headers == {"Authorization": "bearer-2"}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://x.org/hook", "https://x.org/hook"),
        ("https://x.org/hook?a=1&b=2", f"https://x.org/hook?{MASK}"),
        (
            "https://me:secret@x.org:8/hook",  # pragma: allowlist secret
            f"https://{MASK}@x.org:8/hook",
        ),
    ],
)
def test_of_a_url_the_query_and_the_user_are_masked(url: str, expected: str) -> None:
    assert masked_query(url) == expected


def test_of_a_ping_url_all_but_the_host_is_masked() -> None:
    url = "https://me:pw@hc.org/uuid?x=1#y"  # pragma: allowlist secret
    assert masked_path(url) == f"https://hc.org/{MASK}"
    assert masked_path("") == ""


def test_masks_are_taken_back_by_name_alone() -> None:
    assert masked_values({"A": "1"}) == {"A": MASK}
    assert unmasked_values({"a": MASK, "B": MASK, "C": "3"}, {"A": "1", "C": "2"}) == {
        "a": "1",
        "B": MASK,
        "C": "3",
    }
