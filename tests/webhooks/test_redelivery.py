"""Bringing back what failed or was missed."""

from __future__ import annotations

import uuid
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from certificates.webhooks.models import (
    DeliveryState,
    EventType,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
)
from certificates.webhooks.services.delivering import deliver_due
from certificates.webhooks.services.redelivery import redeliver, redeliver_failed
from config.errors import ConflictError
from tests.webhooks.conftest import Clock
from tests.webhooks.factories import (
    NOW,
    WebhookDeliveryFactory,
    WebhookEndpointFactory,
    WebhookEventFactory,
)
from tests.webhooks.receiver import answer, receiving

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def failed(endpoint: WebhookEndpoint, *, ago: timedelta = HOUR) -> WebhookDelivery:
    """A delivery that was given up `ago`, after the whole schedule."""
    return WebhookDeliveryFactory.create(
        endpoint=endpoint,
        state=DeliveryState.FAILED,
        settled_at=NOW - ago,
        attempts=10,
        error="HTTP 500",
        event__created_at=NOW - timedelta(days=4),
    )


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("redeliver_webhooks", *arguments, stdout=out)
    return out.getvalue()


def test_a_failed_delivery_is_sent_again_on_a_fresh_schedule(clock: Clock) -> None:
    with receiving(answer(500), answer(200)) as receiver:
        delivery = failed(WebhookEndpointFactory.create(url=receiver.url))
        WebhookAttempt.objects.create(
            delivery=delivery, number=10, attempted_at=NOW - HOUR, duration_ms=1, status=500
        )

        brought = redeliver(delivery=delivery, now=NOW)
        assert (brought.state, brought.settled_at) == (DeliveryState.PENDING, None)
        deliver_due()
        delivery.refresh_from_db()
        assert delivery.state == DeliveryState.PENDING
        clock.set(delivery.next_attempt_at)
        deliver_due()

    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.DELIVERED
    numbers = delivery.tries.order_by("number").values_list("number", "status")
    assert list(numbers) == [(10, 500), (11, 500), (12, 200)]
    assert clock.now() - NOW < timedelta(seconds=6)


def test_what_was_delivered_can_be_sent_again_with_the_same_id(clock: Clock) -> None:
    with receiving() as receiver:
        delivery = WebhookDeliveryFactory.create(endpoint__url=receiver.url)
        deliver_due()

        redeliver(delivery=delivery, now=NOW)
        deliver_due()

    assert len({request.headers["webhook-id"] for request in receiver.requests}) == 1
    assert len(receiver.requests) == 2


@pytest.mark.parametrize("state", [DeliveryState.PENDING, DeliveryState.SENDING])
def test_what_is_on_its_way_can_not_be_brought_back(state: DeliveryState) -> None:
    delivery = WebhookDeliveryFactory.create(state=state)

    with pytest.raises(ConflictError):
        redeliver(delivery=delivery, now=NOW)


def test_nothing_is_brought_back_for_a_disabled_endpoint() -> None:
    endpoint = WebhookEndpointFactory.create(enabled=False)

    with pytest.raises(ConflictError):
        redeliver(delivery=failed(endpoint), now=NOW)
    with pytest.raises(ConflictError):
        redeliver_failed(endpoint=endpoint, since=NOW - HOUR, now=NOW)


def test_all_that_failed_since_then_is_brought_back_and_nothing_else() -> None:
    endpoint = WebhookEndpointFactory.create()
    recent = [failed(endpoint), failed(endpoint)]
    old = failed(endpoint, ago=3 * HOUR)
    delivered = WebhookDeliveryFactory.create(
        endpoint=endpoint, state=DeliveryState.DELIVERED, settled_at=NOW - HOUR
    )
    failed(WebhookEndpointFactory.create())

    brought = redeliver_failed(endpoint=endpoint, since=NOW - 2 * HOUR, now=NOW)

    assert brought == (2, 0)
    pending = WebhookDelivery.objects.filter(state=DeliveryState.PENDING)
    assert set(pending.values_list("pk", flat=True)) == {one.pk for one in recent}
    assert {old.state, delivered.state} == {DeliveryState.FAILED, DeliveryState.DELIVERED}


def test_events_that_were_missed_are_planned() -> None:
    endpoint = WebhookEndpointFactory.create(events=[EventType.CERTIFICATE_CREATE])
    tenant = endpoint.tenant
    missed = WebhookEventFactory.create(tenant=tenant, created_at=NOW - HOUR, sequence=3)
    WebhookEventFactory.create(tenant=tenant, created_at=NOW - 3 * HOUR)
    WebhookEventFactory.create(
        tenant=tenant, created_at=NOW - HOUR, event_type=EventType.CERTIFICATE_DELETE
    )
    WebhookEventFactory.create(created_at=NOW - HOUR)
    WebhookDeliveryFactory.create(
        endpoint=endpoint, state=DeliveryState.DELIVERED, event__created_at=NOW - HOUR
    )

    brought = redeliver_failed(endpoint=endpoint, since=NOW - 2 * HOUR, now=NOW)

    assert brought == (0, 1)
    planned = WebhookDelivery.objects.get(state=DeliveryState.PENDING)
    assert (planned.event, planned.sequence) == (missed, 3)
    assert redeliver_failed(endpoint=endpoint, since=NOW - 2 * HOUR, now=NOW) == (0, 0)


def test_the_command_brings_back_the_last_day_or_since_a_moment(clock: Clock) -> None:
    endpoint = WebhookEndpointFactory.create()
    failed(endpoint)
    failed(endpoint, ago=timedelta(hours=23))
    failed(endpoint, ago=timedelta(hours=25))

    since = run("--endpoint", str(endpoint.pk), "--since", "2026-03-26T08:30:00")
    day = run("--endpoint", str(endpoint.pk))

    assert since == "failed: 1\nmissed: 0\n"
    assert day == "failed: 1\nmissed: 0\n"


def test_the_command_brings_back_one_delivery(clock: Clock) -> None:
    delivery = failed(WebhookEndpointFactory.create())

    run(
        "--endpoint",
        str(delivery.endpoint_id),
        "--delivery",
        str(delivery.webhook_delivery_id),
    )

    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.PENDING


def test_the_command_says_what_is_wrong(clock: Clock) -> None:
    endpoint = WebhookEndpointFactory.create()
    disabled = WebhookEndpointFactory.create(enabled=False)
    unknown = str(uuid.uuid4())

    with pytest.raises(CommandError, match="no such endpoint"):
        run("--endpoint", unknown)
    with pytest.raises(CommandError, match="no such delivery"):
        run("--endpoint", str(endpoint.pk), "--delivery", unknown)
    with pytest.raises(CommandError, match="not a moment"):
        run("--endpoint", str(endpoint.pk), "--since", "yesterday")
    with pytest.raises(CommandError, match="disabled"):
        run("--endpoint", str(disabled.pk))
