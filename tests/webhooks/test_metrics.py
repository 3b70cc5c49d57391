"""What `/metrics` tells of the outbox and of endpoints."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from certificates.webhooks.metrics import _read
from certificates.webhooks.models import DeliveryState, DisabledReason
from certificates.webhooks.services.delivering import deliver_due
from tests.config.test_metrics import read
from tests.webhooks.conftest import Clock
from tests.webhooks.factories import NOW, WebhookDeliveryFactory, WebhookEndpointFactory
from tests.webhooks.receiver import answer, receiving

pytestmark = pytest.mark.django_db


def of(api: APIClient, name: str, **labels: str) -> float | None:
    return read(api).get((f"certkeep_webhook_{name}", tuple(sorted(labels.items()))))


def test_deliveries_are_counted_by_what_became_of_them(clock: Clock, api: APIClient) -> None:
    with receiving() as receiver:
        endpoint = WebhookEndpointFactory.create(url=receiver.url)
        for _ in range(3):
            WebhookDeliveryFactory.create(endpoint=endpoint)
        deliver_due()

    assert of(api, "deliveries_total", outcome="delivered") == 3
    assert of(api, "deliveries_total", outcome="failed") == 0


def test_what_is_given_up_counts_and_what_is_tried_again_does_not(
    clock: Clock, api: APIClient
) -> None:
    with receiving(answer(500), answer(410)) as receiver:
        endpoint = WebhookEndpointFactory.create(url=receiver.url)
        WebhookDeliveryFactory.create(endpoint=endpoint)
        deliver_due()
        assert of(api, "deliveries_total", outcome="failed") == 0

        # 410 switches the endpoint off: what waits for it is given up as well.
        clock.advance(seconds=6)
        WebhookDeliveryFactory.create(endpoint=endpoint, next_attempt_at=NOW + timedelta(days=1))
        deliver_due()

    assert of(api, "deliveries_total", outcome="failed") == 2
    assert of(api, "endpoints_disabled", reason="gone") == 1


def test_the_age_of_the_outbox_is_that_of_its_oldest_event(clock: Clock, api: APIClient) -> None:
    assert of(api, "outbox_age_seconds") == 0
    old, young = timedelta(hours=2), timedelta(hours=1)
    WebhookDeliveryFactory.create(
        event__created_at=NOW - timedelta(days=9), state=DeliveryState.DELIVERED
    )
    WebhookDeliveryFactory.create(event__created_at=NOW - young)
    assert of(api, "outbox_age_seconds") == 3600

    WebhookDeliveryFactory.create(event__created_at=NOW - old, state=DeliveryState.SENDING)
    assert of(api, "outbox_age_seconds") == 7200


def test_endpoints_are_counted_by_why_they_are_switched_off(api: APIClient) -> None:
    WebhookEndpointFactory.create()
    WebhookEndpointFactory.create(failing_since=NOW)
    WebhookEndpointFactory.create(enabled=False)
    for _ in range(2):
        WebhookEndpointFactory.create(enabled=False, disabled_reason=DisabledReason.FAILING)

    assert of(api, "endpoints_failing") == 1
    assert of(api, "endpoints_disabled", reason="by_hand") == 1
    assert of(api, "endpoints_disabled", reason="failing") == 2
    assert of(api, "endpoints_disabled", reason="gone") == 0


def test_it_costs_three_queries(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for _ in range(5):
        WebhookDeliveryFactory.create()

    with django_assert_num_queries(3):
        list(_read(NOW))
