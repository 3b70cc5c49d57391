"""Endpoints and their secrets."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings
from standardwebhooks import Webhook, WebhookVerificationError

from certificates.webhooks.models import (
    DeliveryState,
    DisabledReason,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
    WebhookSecret,
)
from certificates.webhooks.services import endpoints
from certificates.webhooks.services.delivering import deliver_due
from certificates.webhooks.services.signing import sign
from config.errors import ConflictError, InvalidError
from tests.factories import TenantFactory
from tests.webhooks.conftest import Clock
from tests.webhooks.factories import (
    NOW,
    WebhookDeliveryFactory,
    WebhookEndpointFactory,
    WebhookSecretFactory,
)
from tests.webhooks.receiver import receiving

pytestmark = pytest.mark.django_db

SOUND: dict[str, Any] = {
    "name": "ERP",
    "url": "https://erp.example/hook",
    "events": ["CERTIFICATE::CREATE", "CERTIFICATE_ACTION::DELETE"],
    "headers": {"Authorization": "Bearer abc", "X-Api-Key": "1 2"},
}


def create(**changes: Any) -> endpoints.NewEndpoint:
    return endpoints.create_endpoint(tenant=TenantFactory.create(), now=NOW, **(SOUND | changes))


def faults(**changes: Any) -> list[str]:
    with pytest.raises(InvalidError) as caught:
        create(**changes)
    assert not WebhookEndpoint.objects.exists()
    return [fault.pointer for fault in caught.value.faults]


def test_a_new_endpoint_has_a_secret_of_32_random_bytes() -> None:
    endpoint, secret = create()

    endpoint.refresh_from_db()
    assert {field: getattr(endpoint, field) for field in SOUND} == SOUND
    assert endpoint.enabled
    assert secret == endpoint.secrets.get().secret
    assert len(base64.b64decode(secret.removeprefix("whsec_"))) == 32
    assert create().secret != secret


def test_all_faults_are_named_at_once() -> None:
    assert faults(name=" ", url="ftp://x", events=[], headers={"Host": "x"}) == [
        "#/name",
        "#/url",
        "#/events",
        "#/headers/Host",
    ]


@pytest.mark.parametrize(
    "events",
    [
        [],
        "CERTIFICATE::CREATE",
        ["CERTIFICATE::NONE"],
        ["CERTIFICATE::CREATE", "CERTIFICATE::CREATE"],
        ["WEBHOOK_ENDPOINT::TEST"],
        [1],
        [["CERTIFICATE::CREATE"]],
        None,
    ],
)
def test_events_are_known_types_each_once(events: Any) -> None:
    assert faults(events=events)[0].startswith("#/events")


@pytest.mark.parametrize(
    "name",
    [
        "",
        "X Y",
        "X:Y",
        "Ø",
        "X\r\nY",
        "Host",
        "host",
        "Content-Type",
        "Content-Length",
        "Transfer-Encoding",
        "Connection",
        "Cookie",
        "Upgrade",
        "User-Agent",
        "Accept-Encoding",
        "webhook-id",
        "Webhook-Signature",
        "X-Event",
        "X-Sequence",
    ],
)
def test_headers_that_are_none_or_ours_are_refused(name: str) -> None:
    assert len(faults(headers={name: "x"})) == 1


@pytest.mark.parametrize("value", ["a\r\nb", "a\nb", "\0", " a", "a ", "ø", "x" * 1001, 1, None])
def test_header_values_are_printable_ascii(value: Any) -> None:
    assert faults(headers={"X-Key": value}) == ["#/headers/X-Key"]


def test_a_fault_never_repeats_a_headers_value() -> None:
    with pytest.raises(InvalidError) as caught:
        create(headers={"X-Key": "secret\n"})

    assert "secret" not in str(caught.value)


def test_headers_are_few_and_each_is_there_once() -> None:
    assert faults(headers={f"X-{number}": "x" for number in range(21)}) == ["#/headers"]
    assert faults(headers={"X-Key": "a", "x-key": "b"}) == ["#/headers/x-key"]


def test_a_literal_address_that_is_not_public_is_a_fault(settings: Settings) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = []

    assert faults(url="https://169.254.169.254/latest/meta-data") == ["#/url"]


def test_an_update_changes_what_is_given_and_enters_the_history(clock: Clock) -> None:
    endpoint = create().endpoint
    later = clock.set(NOW + timedelta(hours=1))

    changed = endpoints.update_endpoint(endpoint=endpoint, name="CRM", now=later)

    assert (changed.name, changed.url, changed.updated_at) == ("CRM", SOUND["url"], later)
    names = endpoint.history.order_by("history_date").values_list("name", flat=True)
    assert list(names) == ["ERP", "CRM"]


def test_an_update_with_a_fault_changes_nothing() -> None:
    endpoint = create().endpoint

    with pytest.raises(InvalidError):
        endpoints.update_endpoint(endpoint=endpoint, name="CRM", url="nowhere", now=NOW)

    endpoint.refresh_from_db()
    assert endpoint.name == "ERP"


def test_disabling_gives_up_what_waits_for_the_endpoint_alone() -> None:
    endpoint = create().endpoint
    WebhookDeliveryFactory.create_batch(2, endpoint=endpoint)
    held = WebhookDeliveryFactory.create(
        endpoint=endpoint, state=DeliveryState.SENDING, lease_expires_at=NOW + timedelta(minutes=1)
    )
    WebhookDeliveryFactory.create(
        endpoint=endpoint, state=DeliveryState.SENDING, lease_expires_at=NOW
    )
    WebhookDeliveryFactory.create(endpoint=endpoint, state=DeliveryState.DELIVERED)
    WebhookDeliveryFactory.create()

    endpoints.update_endpoint(endpoint=endpoint, enabled=False, now=NOW)

    failed = WebhookDelivery.objects.filter(state=DeliveryState.FAILED)
    assert set(failed.values_list("endpoint", "error", "settled_at")) == {
        (endpoint.pk, "The endpoint was disabled.", NOW)
    }
    assert failed.count() == 3
    held.refresh_from_db()
    assert held.state == DeliveryState.SENDING


def test_enabling_again_starts_with_a_clean_slate() -> None:
    endpoint = WebhookEndpointFactory.create(
        enabled=False,
        disabled_at=NOW,
        disabled_reason=DisabledReason.FAILING,
        notice_due_at=NOW,
        failing_since=NOW,
        paused_until=NOW,
        slow_downs=3,
    )

    changed = endpoints.update_endpoint(endpoint=endpoint, enabled=True, now=NOW)

    assert changed.enabled
    assert (changed.disabled_at, changed.disabled_reason, changed.notice_due_at) == (None, "", None)
    assert (changed.failing_since, changed.paused_until, changed.slow_downs) == (None, None, 0)


def test_deleting_removes_secrets_and_deliveries_and_keeps_events_and_history() -> None:
    endpoint = WebhookEndpointFactory.create()
    WebhookDeliveryFactory.create_batch(3, endpoint=endpoint)

    endpoints.delete_endpoint(endpoint=endpoint)

    assert not WebhookEndpoint.objects.exists()
    assert not WebhookSecret.objects.exists()
    assert not WebhookDelivery.objects.exists()
    assert WebhookEvent.objects.count() == 3
    assert WebhookEndpoint.history.latest().history_type == "-"


def test_both_secrets_sign_for_a_day_after_a_rotation(clock: Clock) -> None:
    with receiving() as receiver:
        endpoint, old = create(url=receiver.url)
        new = endpoints.rotate_secret(endpoint=endpoint, now=NOW)

        for hours in (23, 2):
            clock.advance(hours=hours)
            WebhookDeliveryFactory.create(endpoint=endpoint, next_attempt_at=clock.now())
            deliver_due()
            request = receiver.requests[-1]
            Webhook(new).verify(request.body, request.headers)
            if hours == 23:
                Webhook(old).verify(request.body, request.headers)
            else:
                with pytest.raises(WebhookVerificationError):
                    Webhook(old).verify(request.body, request.headers)


def test_a_second_rotation_does_not_prolong_the_first_secret() -> None:
    endpoint = create().endpoint
    endpoints.rotate_secret(endpoint=endpoint, now=NOW)
    endpoints.rotate_secret(endpoint=endpoint, now=NOW + timedelta(hours=10))

    expiries = endpoint.secrets.order_by("pk").values_list("expires_at", flat=True)
    assert list(expiries) == [NOW + timedelta(hours=24), NOW + timedelta(hours=34), None]


def test_a_rotation_forgets_secrets_that_have_expired() -> None:
    endpoint = create().endpoint
    WebhookSecretFactory.create(endpoint=endpoint, expires_at=NOW - timedelta(seconds=1))

    endpoints.rotate_secret(endpoint=endpoint, now=NOW)

    assert endpoint.secrets.count() == 2


def test_a_signature_is_the_one_of_standard_webhooks() -> None:
    """The example of the specification's reference libraries."""
    signature = sign(
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        webhook_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1614265330,
        body=b'{"test": 2432232314}',
    )

    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_test_event_takes_the_usual_way_to_this_endpoint_alone(clock: Clock) -> None:
    with receiving() as receiver:
        endpoint, secret = create(url=receiver.url)
        WebhookEndpointFactory.create(tenant=endpoint.tenant)

        delivery = endpoints.send_test_event(endpoint=endpoint, now=NOW)
        deliver_due()

    (request,) = receiver.requests
    assert Webhook(secret).verify(request.body, request.headers) == {
        "webhook_endpoint_id": str(endpoint.pk),
        "name": "ERP",
        "sent_at": "2026-03-26T10:00:00Z",
    }
    assert request.headers["x-event"] == "WEBHOOK_ENDPOINT::TEST"
    assert "x-sequence" not in request.headers
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.DELIVERED
    assert delivery.event.position == 1


def test_a_disabled_endpoint_can_not_be_tested() -> None:
    endpoint = create(enabled=False).endpoint

    with pytest.raises(ConflictError):
        endpoints.send_test_event(endpoint=endpoint, now=NOW)


def test_an_endpoint_is_sent_to_where_it_leads_now(clock: Clock) -> None:
    with receiving() as old, receiving() as new:
        delivery = WebhookDeliveryFactory.create(endpoint__url=old.url)

        endpoints.update_endpoint(endpoint=delivery.endpoint, url=new.url, now=NOW)
        deliver_due()

    assert (len(old.requests), len(new.requests)) == (0, 1)


def test_an_unknown_header_name_is_pointed_to_by_rfc_6901() -> None:
    assert faults(headers={"a/b~c": "x"}) == ["#/headers/a~1b~0c"]


def test_a_tenant_can_have_several_endpoints_of_one_name() -> None:
    tenant = TenantFactory.create()

    for _ in range(2):
        endpoints.create_endpoint(tenant=tenant, now=NOW, **SOUND)

    assert tenant.webhook_endpoints.count() == 2
