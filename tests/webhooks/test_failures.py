"""Deliveries that fail: when they are tried again, and when nobody tries any more."""

from __future__ import annotations

import itertools
import uuid
from datetime import datetime, timedelta

import pytest
from pytest_django import Settings

from certificates.webhooks.models import (
    DeliveryState,
    WebhookDelivery,
)
from certificates.webhooks.services import bell, lanes
from certificates.webhooks.services.delivering import deliver_due
from tests.webhooks import receiver as receivers
from tests.webhooks.conftest import Clock
from tests.webhooks.factories import (
    NOW,
    WebhookDeliveryFactory,
    WebhookEndpointFactory,
    WebhookEventFactory,
)
from tests.webhooks.receiver import Behaviour, answer, closed_port, receiving

pytestmark = pytest.mark.django_db

RETRY_SECONDS = [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]


@pytest.fixture(autouse=True)
def _no_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("certificates.webhooks.services.verdicts.JITTER", 0)


def try_once(*script: Behaviour) -> WebhookDelivery:
    """A delivery after one try at a receiver that does that."""
    with receiving(*script) as receiver:
        delivery = WebhookDeliveryFactory.create(endpoint__url=receiver.url)
        deliver_due()
    delivery.refresh_from_db()
    return delivery


def try_until_settled(clock: Clock, delivery: WebhookDelivery) -> list[datetime]:
    """Deliver again and again; the moments of the tries."""
    for _ in range(20):
        deliver_due()
        delivery.refresh_from_db()
        if delivery.settled_at:
            break
        clock.set(delivery.next_attempt_at)
    return list(delivery.tries.order_by("number").values_list("attempted_at", flat=True))


def test_a_failed_try_is_repeated_with_the_same_id_and_a_fresh_signature(clock: Clock) -> None:
    with receiving(answer(500, b"oops"), answer(200)) as receiver:
        delivery = WebhookDeliveryFactory.create(endpoint__url=receiver.url)

        tries = try_until_settled(clock, delivery)

    assert delivery.state == DeliveryState.DELIVERED
    assert tries == [NOW, NOW + timedelta(seconds=5)]
    first, second = receiver.requests
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 5
    assert first.body == second.body
    attempts = delivery.tries.order_by("number").values_list("status", "error", "answer")
    assert list(attempts) == [(500, "HTTP 500", "oops"), (200, "", "")]


def test_the_schedule_is_followed_to_its_end_and_then_it_has_failed(clock: Clock) -> None:
    with receiving(always=answer(500)) as receiver:
        delivery = WebhookDeliveryFactory.create(endpoint__url=receiver.url)

        tries = try_until_settled(clock, delivery)

    waits = [(b - a).total_seconds() for a, b in itertools.pairwise(tries)]
    assert waits == RETRY_SECONDS
    assert (delivery.state, delivery.attempts) == (DeliveryState.FAILED, 10)
    assert delivery.error == "HTTP 500"


def test_waits_are_scattered_by_a_tenth(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("certificates.webhooks.services.verdicts.JITTER", 0.1)
    with receiving(always=answer(500)) as receiver:
        for _ in range(10):
            WebhookDeliveryFactory.create(endpoint__url=receiver.url)
        deliver_due()

    waits = {
        (moment - NOW).total_seconds()
        for moment in WebhookDelivery.objects.values_list("next_attempt_at", flat=True)
    }
    assert len(waits) > 5
    assert all(4.5 <= wait <= 5.5 for wait in waits)


@pytest.mark.parametrize(
    ("behaviour", "status", "error"),
    [
        (answer(404), 404, "HTTP 404"),
        (answer(302, Location="http://127.0.0.1:1/"), 302, "HTTP 302; redirects are not followed."),
        (receivers.hang, None, "No complete answer within 1 seconds."),
        (receivers.drip, None, "No complete answer within 1 seconds."),
        (receivers.cut, None, "The connection broke: "),
    ],
    ids=["404", "redirect", "hang", "drip", "cut"],
)
def test_whatever_is_not_an_acknowledgment_is_tried_again(
    behaviour: Behaviour, status: int | None, error: str, clock: Clock, settings: Settings
) -> None:
    settings.WEBHOOK_TIMEOUT_SECONDS = 1

    delivery = try_once(behaviour)

    assert delivery.state == DeliveryState.PENDING
    assert delivery.next_attempt_at == NOW + timedelta(seconds=5)
    assert delivery.error.startswith(error)
    attempt = delivery.tries.get()
    assert (attempt.status, attempt.error) == (status, delivery.error)


def test_a_receiver_that_is_away_and_an_address_that_is_refused_are_failed_tries(
    clock: Clock, settings: Settings
) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.1/32"]
    away = WebhookDeliveryFactory.create(endpoint__url=f"http://127.0.0.1:{closed_port()}/")
    inside = WebhookDeliveryFactory.create(endpoint__url="http://127.0.0.2:1/")
    nowhere = WebhookDeliveryFactory.create(endpoint__url="http://nowhere.invalid/")

    deliver_due()

    assert away.tries.get().error.startswith("No connection: ")
    assert inside.tries.get().error == "Refused: 127.0.0.2 is not a public address."
    assert nowhere.tries.get().error.startswith("The host can't be resolved: ")


def test_a_fault_of_ours_counts_as_a_failed_try(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(lanes, "post", fail)
    delivery = WebhookDeliveryFactory.create()

    deliver_due()

    assert delivery.tries.get().error == "Internal error"


def test_a_huge_answer_with_a_good_status_is_an_acknowledgment(clock: Clock) -> None:
    delivery = try_once(receivers.flood)

    assert delivery.state == DeliveryState.DELIVERED
    assert len(delivery.tries.get().answer) == 4096


@pytest.mark.parametrize(
    ("retry_after", "wait_seconds"),
    [
        ("120", 120),
        ("2", 5),
        ("Thu, 26 Mar 2026 10:10:00 GMT", 600),
        ("Thu, 26 Mar 2026 09:00:00 GMT", 5),
        ("999999999", 86400),
        ("-5", 5),
        ("soon", 5),
        ("", 5),
    ],
)
@pytest.mark.parametrize("status", [429, 500])
def test_retry_after_is_heeded_where_it_asks_for_more(
    status: int, retry_after: str, wait_seconds: int, clock: Clock
) -> None:
    delivery = try_once(answer(status, Retry_After=retry_after))

    assert delivery.next_attempt_at == NOW + timedelta(seconds=wait_seconds)


def test_events_wait_for_an_earlier_one_of_their_certificate_and_others_do_not(
    clock: Clock,
) -> None:
    certificate_id = uuid.uuid4()
    with receiving() as receiver:
        endpoint = WebhookEndpointFactory.create(url=receiver.url)
        create, update = (
            WebhookDeliveryFactory.create(
                endpoint=endpoint,
                event=WebhookEventFactory.create(
                    tenant=endpoint.tenant, certificate_id=certificate_id, sequence=sequence
                ),
            )
            for sequence in (1, 2)
        )
        other = WebhookDeliveryFactory.create(endpoint=endpoint)
        first, second = create.event.webhook_id, update.event.webhook_id
        receiver.always = lambda handler: handler.respond(
            500 if handler.headers["webhook-id"] == first else 200
        )

        deliver_due()
        update.refresh_from_db()
        assert update.next_attempt_at == NOW + timedelta(seconds=5)
        ids = [request.headers["webhook-id"] for request in receiver.requests]
        assert set(ids) == {first, other.event.webhook_id}

        receiver.always = answer(200)
        clock.advance(seconds=5)
        deliver_due()

    ids = [request.headers["webhook-id"] for request in receiver.requests]
    assert ids[2:] == [first, second]


def test_events_go_on_once_an_earlier_one_was_given_up(clock: Clock, settings: Settings) -> None:
    settings.WEBHOOK_RETRY_SECONDS = []
    certificate_id = uuid.uuid4()
    with receiving(answer(500)) as receiver:
        endpoint = WebhookEndpointFactory.create(url=receiver.url)
        for sequence in (1, 2):
            WebhookDeliveryFactory.create(
                endpoint=endpoint,
                event=WebhookEventFactory.create(
                    tenant=endpoint.tenant, certificate_id=certificate_id, sequence=sequence
                ),
            )

        deliver_due()

    states = WebhookDelivery.objects.order_by("sequence").values_list("state", flat=True)
    assert list(states) == [DeliveryState.FAILED, DeliveryState.DELIVERED]


def test_a_near_retry_is_rung_for_and_a_far_one_left_to_the_sweep(
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: object,
    settings: Settings,
) -> None:
    rings: list[float] = []
    monkeypatch.setattr(bell, "ring", lambda *, wait_seconds=0.0: rings.append(wait_seconds))
    monkeypatch.setattr("django.db.transaction.on_commit", lambda call: call())
    settings.WEBHOOK_RETRY_SECONDS = [20, 40]
    with receiving(always=answer(500)) as receiver:
        delivery = WebhookDeliveryFactory.create(endpoint__url=receiver.url)

        try_until_settled(clock, delivery)

    assert rings == [20]
