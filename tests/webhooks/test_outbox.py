"""Recording events: with what happened or not at all, in order, cheaply."""

from __future__ import annotations

import uuid

import pytest
from django.db import transaction
from pytest_django import DjangoAssertNumQueries

from certificates.webhooks.models import (
    DeliveryState,
    EventStream,
    EventType,
    WebhookDelivery,
    WebhookEvent,
)
from certificates.webhooks.services.outbox import NewEvent, record_event, record_events
from tests.factories import TenantFactory
from tests.webhooks.factories import NOW, WebhookEndpointFactory

pytestmark = pytest.mark.django_db

CREATE = EventType.CERTIFICATE_CREATE
UPDATE = EventType.CERTIFICATE_UPDATE


def test_an_event_keeps_the_bytes_that_will_be_sent() -> None:
    tenant = TenantFactory.create()
    certificate_id = uuid.uuid4()
    body = {"certificate_id": certificate_id, "name": "Truckførerbevis", "warning": 0}

    event = record_event(
        tenant=tenant, event_type=CREATE, certificate_id=certificate_id, body=body, now=NOW
    )

    event.refresh_from_db()
    expected = f'{{"certificate_id":"{certificate_id}","name":"Truckførerbevis","warning":0}}'
    assert event.body == expected
    assert event.webhook_id.startswith("msg_")


def test_events_count_within_their_tenant_and_within_their_certificate() -> None:
    tenant = TenantFactory.create()
    first, second = uuid.uuid4(), uuid.uuid4()
    WebhookEndpointFactory.create(tenant=tenant)

    record_event(tenant=tenant, event_type=CREATE, certificate_id=first, body={}, now=NOW)
    events = record_events(
        tenant=tenant,
        events=[
            NewEvent(UPDATE, first, {}),
            NewEvent(CREATE, second, {}),
            NewEvent(UPDATE, first, {}),
        ],
        now=NOW,
    )
    other = record_event(
        tenant=TenantFactory.create(),
        event_type=CREATE,
        certificate_id=uuid.uuid4(),
        body={},
        now=NOW,
    )

    assert [(event.position, event.sequence) for event in events] == [(2, 2), (3, 1), (4, 3)]
    assert (other.position, other.sequence) == (1, 1)
    assert EventStream.objects.get(tenant=tenant).last_position == 4


def test_deliveries_are_planned_for_enabled_endpoints_of_the_tenant_that_ask_for_the_type() -> None:
    endpoint = WebhookEndpointFactory.create(events=[CREATE])
    tenant = endpoint.tenant
    WebhookEndpointFactory.create(tenant=tenant, events=[UPDATE])
    WebhookEndpointFactory.create(tenant=tenant, enabled=False)
    WebhookEndpointFactory.create()

    event = record_event(
        tenant=tenant, event_type=CREATE, certificate_id=uuid.uuid4(), body={}, now=NOW
    )

    delivery = WebhookDelivery.objects.get()
    assert (delivery.endpoint, delivery.event) == (endpoint, event)
    assert (delivery.certificate_id, delivery.sequence) == (event.certificate_id, 1)
    assert (delivery.state, delivery.next_attempt_at) == (DeliveryState.PENDING, NOW)


@pytest.mark.parametrize(("endpoints", "queries"), [(0, 4), (1, 5), (3, 5)])
def test_an_event_costs_few_queries(
    endpoints: int, queries: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    tenant = TenantFactory.create()
    WebhookEndpointFactory.create_batch(endpoints, tenant=tenant)

    with django_assert_num_queries(queries):
        record_event(
            tenant=tenant, event_type=CREATE, certificate_id=uuid.uuid4(), body={}, now=NOW
        )


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_an_event_outside_of_a_transaction_is_refused() -> None:
    tenant = TenantFactory.create()

    with pytest.raises(transaction.TransactionManagementError):
        record_event(
            tenant=tenant, event_type=CREATE, certificate_id=uuid.uuid4(), body={}, now=NOW
        )


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.usefixtures("_inline_tasks")
def test_a_rolled_back_transaction_leaves_no_event_no_gap_and_no_ring(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rings: list[float] = []
    monkeypatch.setattr(
        "certificates.webhooks.tasks.deliver.apply_async", lambda **_: rings.append(0)
    )
    tenant = WebhookEndpointFactory.create().tenant

    def record() -> WebhookEvent:
        return record_event(
            tenant=tenant, event_type=CREATE, certificate_id=uuid.uuid4(), body={}, now=NOW
        )

    with transaction.atomic():
        record()
    with transaction.atomic():
        record()
        transaction.set_rollback(True)
    with transaction.atomic():
        record()

    assert list(WebhookEvent.objects.values_list("position", flat=True)) == [1, 2]
    assert WebhookDelivery.objects.count() == 2
    assert len(rings) == 2
