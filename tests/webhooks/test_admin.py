"""The admin of webhooks, through its pages."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from certificates.webhooks.models import (
    DeliveryState,
    WebhookDelivery,
    WebhookEndpoint,
)
from tests.factories import TenantFactory
from tests.webhooks.factories import WebhookDeliveryFactory, WebhookEndpointFactory

pytestmark = pytest.mark.django_db

ENDPOINTS = "/admin/webhooks/webhookendpoint/"
DELIVERIES = "/admin/webhooks/webhookdelivery/"


def said(response: Any) -> str:
    return "\n".join(str(message) for message in get_messages(response.wsgi_request))


def act(client: Client, url: str, action: str, *pks: object) -> str:
    """Run an action on rows; what it said."""
    data = {"action": action, "_selected_action": [str(pk) for pk in pks]}
    response = client.post(url, data)
    assert response.status_code == 302
    return said(response)


def form(**changes: Any) -> dict[str, Any]:
    return {
        "name": "ERP",
        "url": "https://erp.example/hook",
        "events": ["CERTIFICATE::CREATE"],
        "headers": "{}",
        "enabled": "on",
        **changes,
    }


def test_a_new_endpoint_shows_its_secret_once(admin_client: Client) -> None:
    response = admin_client.post(f"{ENDPOINTS}add/", form(tenant=TenantFactory.create().pk))

    endpoint = WebhookEndpoint.objects.get()
    secret = endpoint.secrets.get().secret
    assert secret in said(response)
    admin_client.get(ENDPOINTS)
    page = admin_client.get(f"{ENDPOINTS}{endpoint.pk}/change/")
    assert secret not in page.content.decode()


def test_faults_stand_at_their_fields(admin_client: Client) -> None:
    response = admin_client.post(
        f"{ENDPOINTS}add/",
        form(tenant=TenantFactory.create().pk, url="ftp://x", headers='{"Host": "x"}'),
    )

    errors = response.context["adminform"].form.errors
    assert set(errors) == {"url", "headers"}
    assert not WebhookEndpoint.objects.exists()


def test_disabling_in_the_form_gives_up_what_waits(admin_client: Client) -> None:
    delivery = WebhookDeliveryFactory.create()
    fields = form()
    del fields["enabled"]

    admin_client.post(f"{ENDPOINTS}{delivery.endpoint_id}/change/", fields)

    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.FAILED
    assert WebhookEndpoint.objects.get().name == "ERP"


def test_a_rotation_shows_the_new_secret(admin_client: Client) -> None:
    endpoint = WebhookEndpointFactory.create()

    words = act(admin_client, ENDPOINTS, "rotate_secret", endpoint.pk)

    new = endpoint.secrets.get(expires_at=None).secret
    assert new in words


def test_actions_test_enable_and_redeliver(admin_client: Client) -> None:
    endpoint = WebhookEndpointFactory.create(enabled=False)

    assert "disabled" in act(admin_client, ENDPOINTS, "send_test_event", endpoint.pk)
    assert "disabled" in act(admin_client, ENDPOINTS, "redeliver_failed", endpoint.pk)
    act(admin_client, ENDPOINTS, "enable", endpoint.pk)
    act(admin_client, ENDPOINTS, "send_test_event", endpoint.pk)
    assert "0 messages" in act(admin_client, ENDPOINTS, "redeliver_failed", endpoint.pk)

    assert WebhookDelivery.objects.get().event.event_type == "WEBHOOK_ENDPOINT::TEST"


def test_a_delivery_is_read_and_sent_again_and_never_edited(admin_client: Client) -> None:
    delivery = WebhookDeliveryFactory.create(state=DeliveryState.DELIVERED)

    page = admin_client.get(f"{DELIVERIES}{delivery.pk}/change/")
    assert page.status_code == 200
    assert "_save" not in page.content.decode()
    assert admin_client.get(f"{DELIVERIES}add/").status_code == 403
    act(admin_client, DELIVERIES, "redeliver", delivery.pk)

    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.PENDING


def test_endpoints_are_deleted_with_what_belongs_to_them(admin_client: Client) -> None:
    delivery = WebhookDeliveryFactory.create()

    admin_client.post(f"{ENDPOINTS}{delivery.endpoint_id}/delete/", {"post": "yes"})

    assert not WebhookEndpoint.objects.exists()
    assert not WebhookDelivery.objects.exists()


@pytest.mark.parametrize("path", ["webhookendpoint", "webhookevent", "webhookdelivery"])
def test_lists_are_shown(path: str, admin_client: Client) -> None:
    WebhookDeliveryFactory.create()

    assert admin_client.get(f"/admin/webhooks/{path}/").status_code == 200
