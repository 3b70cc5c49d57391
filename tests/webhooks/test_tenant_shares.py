"""What one tenant can take of what all share: endpoints, and requests at a time."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.conf import settings as project_settings
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from certificates.errors import TooManyEndpoints
from certificates.webhooks.models import DeliveryState, WebhookDelivery, WebhookEndpoint
from certificates.webhooks.services import delivering, endpoints
from certificates.webhooks.services.delivering import deliver_due
from config.checks import settings_are_sound
from tests.factories import TenantFactory
from tests.threads import all_at_once
from tests.webhooks.factories import WebhookDeliveryFactory, WebhookEndpointFactory
from tests.webhooks.receiver import after, hang, receiving

pytestmark = pytest.mark.django_db

CREATE = "/v2/webhook-endpoint/create"


def body(tenant: Any) -> dict[str, Any]:
    return {
        "tenant_id": str(tenant.pk),
        "name": "ERP",
        "url": "http://127.0.0.1:9/hook",
        "events": ["CERTIFICATE::CREATE"],
    }


def tarpits(tenant: Any, url: str, count: int) -> None:
    """As many endpoints of the tenant, each with something due."""
    for number in range(count):
        endpoint = WebhookEndpointFactory.create(tenant=tenant, url=f"{url}?{number}")
        WebhookDeliveryFactory.create_batch(2, endpoint=endpoint)


def test_a_tenant_whose_receivers_hang_delays_no_other_tenant(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What the tarpits have not got by then is left to another run.
    monkeypatch.setattr(delivering, "CLAIM_SECONDS", 2.0)
    settings.WEBHOOK_TIMEOUT_SECONDS = 4
    settings.WEBHOOK_CONCURRENCY, settings.WEBHOOK_TENANT_CONCURRENCY = 8, 2
    with receiving(always=hang) as slow, receiving() as quick:
        tarpits(TenantFactory.create(), slow.url, 64)
        theirs = WebhookEndpointFactory.create(url=quick.url)
        WebhookDeliveryFactory.create_batch(20, endpoint=theirs)
        started = time.monotonic()

        deliver_due()

    assert len(quick.requests) == 20
    assert max(request.received_at for request in quick.requests) - started < 3
    assert slow.most_at_once == 2


def test_a_tenant_alone_gets_its_share_and_all_is_sent_in_the_end(settings: Settings) -> None:
    settings.WEBHOOK_CONCURRENCY, settings.WEBHOOK_TENANT_CONCURRENCY = 8, 3
    tenant = TenantFactory.create()
    with receiving(always=after(0.02)) as receiver:
        tarpits(tenant, receiver.url, 10)

        deliver_due()

    assert receiver.most_at_once <= 3
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {DeliveryState.DELIVERED}


def test_a_share_is_a_quarter_unless_it_is_set() -> None:
    assert project_settings.WEBHOOK_TENANT_CONCURRENCY == project_settings.WEBHOOK_CONCURRENCY // 4


@pytest.mark.parametrize(
    "name",
    [
        "WEBHOOK_CONCURRENCY",
        "WEBHOOK_ENDPOINT_CONCURRENCY",
        "WEBHOOK_TENANT_CONCURRENCY",
        "WEBHOOK_ENDPOINTS_PER_TENANT",
    ],
)
def test_a_share_of_nothing_is_refused_at_the_start(name: str, settings: Settings) -> None:
    setattr(settings, name, 0)

    assert [error.msg for error in settings_are_sound(None)] == [f"{name} must be at least 1."]


def test_a_tenant_has_so_many_endpoints_and_no_more(
    system_api: APIClient, settings: Settings
) -> None:
    settings.WEBHOOK_ENDPOINTS_PER_TENANT = 2
    tenant, other = TenantFactory.create(), TenantFactory.create()

    answers = [system_api.post(CREATE, body(tenant)) for _ in range(3)]
    elsewhere = system_api.post(CREATE, body(other))

    assert [answer.status_code for answer in answers] == [201, 201, 409]
    assert answers[2].json()["type"].endswith("too-many-webhook-endpoints")
    assert "2 webhook endpoints" in answers[2].json()["detail"]
    assert elsewhere.status_code == 201
    assert WebhookEndpoint.objects.filter(tenant=tenant).count() == 2

    gone = answers[0].json()["webhook_endpoint_id"]
    system_api.delete(f"/v2/webhook-endpoint/delete/{gone}")
    assert system_api.post(CREATE, body(tenant)).status_code == 201


def test_the_admin_says_so_on_the_form(desk: Client, settings: Settings) -> None:
    settings.WEBHOOK_ENDPOINTS_PER_TENANT = 1
    endpoint = WebhookEndpointFactory.create()
    form = {**body(endpoint.tenant), "tenant": str(endpoint.tenant.pk), "headers": "{}"}

    page = desk.post("/admin/webhooks/webhookendpoint/add/", form)
    changed = desk.post(
        f"/admin/webhooks/webhookendpoint/{endpoint.pk}/change/", {**form, "name": "Renamed"}
    )

    assert page.status_code == 200
    assert "A tenant can have 1 webhook endpoints" in page.content.decode()
    assert changed.status_code == 302, changed.content
    assert WebhookEndpoint.objects.get().name == "Renamed"


@pytest.mark.services
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_of_many_that_are_made_at_once_so_many_are_made(settings: Settings) -> None:
    assert connection.vendor == "postgresql", "run by make test-services"
    settings.WEBHOOK_ENDPOINTS_PER_TENANT = 3
    tenant = TenantFactory.create()
    given = {name: value for name, value in body(tenant).items() if name != "tenant_id"}

    def make(_: int) -> bool:
        try:
            endpoints.create_endpoint(tenant=tenant, now=timezone.now(), **given)
        except TooManyEndpoints:
            return False
        return True

    assert sum(all_at_once(make)) == 3
    assert WebhookEndpoint.objects.count() == 3
