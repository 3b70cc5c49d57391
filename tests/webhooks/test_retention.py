"""Old events: what goes, and what has to stay."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import pytest
from pytest_django import Settings

from certificates.webhooks.models import (
    DeliveryState,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEvent,
)
from certificates.webhooks.services.outbox import record_event
from config import retention
from tests.factories import CertificateFactory, TenantFactory
from tests.webhooks.factories import (
    NOW,
    WebhookDeliveryFactory,
    WebhookEndpointFactory,
    WebhookEventFactory,
)

pytestmark = pytest.mark.django_db

OLD = NOW - timedelta(days=40)


@pytest.fixture(autouse=True)
def _a_month(settings: Settings) -> None:
    settings.KEEP_WEBHOOK_EVENTS_DAYS = 30


def delivery(state: str, *, settled_at: datetime | None = OLD) -> WebhookDelivery:
    """A delivery, tried once, of an old event of a certificate that is deleted."""
    row = WebhookDeliveryFactory.create(
        state=state, settled_at=settled_at, event__created_at=OLD, attempts=1
    )
    WebhookAttempt.objects.create(delivery=row, number=1, attempted_at=OLD, duration_ms=1)
    return row


@pytest.mark.parametrize("state", [DeliveryState.DELIVERED, DeliveryState.FAILED])
def test_an_old_event_goes_with_its_deliveries_and_tries(state: str) -> None:
    delivery(state)

    assert retention.prune(now=NOW)["webhook events"] == 1

    assert not WebhookEvent.objects.exists()
    assert not WebhookDelivery.objects.exists()
    assert not WebhookAttempt.objects.exists()


def test_a_young_event_stays() -> None:
    WebhookEventFactory.create(created_at=NOW - timedelta(days=29))

    retention.prune(now=NOW)

    assert WebhookEvent.objects.exists()


@pytest.mark.parametrize("state", [DeliveryState.PENDING, DeliveryState.SENDING])
def test_an_event_that_is_not_delivered_stays_however_old(state: str) -> None:
    delivery(state, settled_at=None)

    retention.prune(now=NOW)

    assert WebhookDelivery.objects.exists()


def test_an_event_stays_while_one_of_its_deliveries_is_young() -> None:
    row = delivery(DeliveryState.DELIVERED)
    WebhookDeliveryFactory.create(
        endpoint=WebhookEndpointFactory.create(tenant=row.endpoint.tenant),
        event=row.event,
        state=DeliveryState.DELIVERED,
        settled_at=NOW - timedelta(days=1),
    )

    retention.prune(now=NOW)

    assert WebhookDelivery.objects.count() == 2


def test_a_certificates_sequence_goes_on_after_pruning() -> None:
    certificate = CertificateFactory.create()
    for sequence in (1, 2, 3):
        WebhookEventFactory.create(
            tenant=certificate.tenant,
            certificate_id=certificate.pk,
            sequence=sequence,
            created_at=OLD,
            event_type="CERTIFICATE::UPDATE",
        )

    retention.prune(now=NOW)
    event = record_event(
        tenant=certificate.tenant,
        event_type="CERTIFICATE::UPDATE",
        certificate_id=certificate.pk,
        body={},
        now=NOW,
    )

    assert event.sequence == 4
    assert list(WebhookEvent.objects.values_list("sequence", flat=True)) == [3, 4]


def test_a_test_event_goes() -> None:
    WebhookEventFactory.create(
        certificate_id=None, sequence=None, event_type="WEBHOOK_ENDPOINT::TEST", created_at=OLD
    )

    retention.prune(now=NOW)

    assert not WebhookEvent.objects.exists()


def test_the_position_of_a_tenant_goes_on_after_pruning() -> None:
    tenant = TenantFactory.create()

    def delete_one() -> WebhookEvent:
        return record_event(
            tenant=tenant,
            event_type="CERTIFICATE::DELETE",
            certificate_id=uuid.uuid4(),
            body={},
            now=OLD,
        )

    delete_one()

    retention.prune(now=NOW)

    assert not WebhookEvent.objects.exists()
    assert delete_one().position == 2
