"""Endpoints that ask for less, want no more, or fail for days."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pytest_django import Settings

from certificates.webhooks.models import (
    DeliveryState,
    DisabledReason,
    WebhookDelivery,
    WebhookEndpoint,
)
from certificates.webhooks.services.delivering import deliver_due
from tests.webhooks.conftest import Clock
from tests.webhooks.factories import NOW, WebhookDeliveryFactory, WebhookEndpointFactory
from tests.webhooks.receiver import after, answer, receiving

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_an_endpoint_that_asks_for_less_is_paused_longer_and_longer(
    status: int, clock: Clock, settings: Settings
) -> None:
    settings.WEBHOOK_RETRY_SECONDS = [1] * 20
    with receiving(always=answer(status)) as receiver:
        endpoint = WebhookEndpointFactory.create(url=receiver.url)
        WebhookDeliveryFactory.create(endpoint=endpoint)
        pauses = []
        for _ in range(8):
            deliver_due()
            endpoint.refresh_from_db()
            assert endpoint.paused_until is not None
            pauses.append((endpoint.paused_until - clock.now()).total_seconds())
            clock.set(endpoint.paused_until)

    assert pauses == [5, 10, 20, 40, 80, 160, 300, 300]
    assert len(receiver.requests) == 8


def test_nothing_is_sent_to_a_paused_endpoint_and_then_one_at_a_time_until_it_works(
    clock: Clock,
) -> None:
    with receiving(answer(429, Retry_After="60"), always=after(0.02)) as receiver:
        endpoint = WebhookEndpointFactory.create(url=receiver.url)
        WebhookDeliveryFactory.create(endpoint=endpoint)
        deliver_due()
        WebhookDeliveryFactory.create_batch(8, endpoint=endpoint)

        clock.advance(seconds=59)
        deliver_due()
        assert len(receiver.requests) == 1

        clock.advance(seconds=1)
        receiver.script.append(answer(429))
        deliver_due()
        assert len(receiver.requests) == 2

        clock.advance(seconds=30)
        deliver_due()

    endpoint.refresh_from_db()
    assert (endpoint.slow_downs, endpoint.paused_until, endpoint.failing_since) == (0, None, None)
    assert 1 < receiver.most_at_once <= 4
    assert WebhookDelivery.objects.unsettled().count() == 0


def test_answers_of_tries_that_were_on_their_way_together_slow_down_once(clock: Clock) -> None:
    with receiving(always=after(0.1, answer(503))) as receiver:
        endpoint = WebhookEndpointFactory.create(url=receiver.url)
        WebhookDeliveryFactory.create_batch(10, endpoint=endpoint)

        deliver_due()

    endpoint.refresh_from_db()
    assert len(receiver.requests) == 4
    assert endpoint.slow_downs == 1
    assert endpoint.paused_until == NOW + timedelta(seconds=5)
    untouched = WebhookDelivery.objects.filter(state=DeliveryState.PENDING, attempts=0)
    assert untouched.count() == 6


def test_410_disables_the_endpoint_and_gives_up_what_waits(clock: Clock) -> None:
    with receiving(always=after(0.05, answer(410))) as receiver:
        endpoint = WebhookEndpointFactory.create(url=receiver.url)
        WebhookDeliveryFactory.create_batch(10, endpoint=endpoint)

        deliver_due()

    endpoint.refresh_from_db()
    assert not endpoint.enabled
    assert (endpoint.disabled_at, endpoint.disabled_reason) == (NOW, DisabledReason.GONE)
    assert len(receiver.requests) == 4
    errors = list(WebhookDelivery.objects.order_by("error").values_list("state", "error"))
    assert errors == [("failed", "HTTP 410")] * 4 + [("failed", "The endpoint was disabled.")] * 6
    assert endpoint.history.latest().enabled is False


def test_days_of_nothing_but_failures_disable_the_endpoint(clock: Clock) -> None:
    with receiving(answer(500), answer(200), always=answer(500)) as receiver:
        endpoint = WebhookEndpointFactory.create(url=receiver.url)

        def send_new(after: timedelta) -> WebhookEndpoint:
            now = clock.set(NOW + after)
            WebhookDelivery.objects.all().delete()
            WebhookDeliveryFactory.create(endpoint=endpoint, next_attempt_at=now)
            deliver_due()
            endpoint.refresh_from_db()
            return endpoint

        assert send_new(timedelta(0)).failing_since == NOW
        assert send_new(timedelta(days=1)).failing_since is None
        assert send_new(timedelta(days=2)).failing_since == NOW + timedelta(days=2)
        assert send_new(timedelta(days=6, hours=23)).enabled
        assert not send_new(timedelta(days=7)).enabled

    assert endpoint.disabled_reason == DisabledReason.FAILING
    assert endpoint.notice_due_at == NOW + timedelta(days=7)
