"""Deliveries that succeed: what is sent, in which order, and how much at a time."""

from __future__ import annotations

import time
import uuid

import orjson
import pytest
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError
from pytest_django import DjangoAssertNumQueries, Settings
from standardwebhooks import Webhook

from certificates.webhooks import tasks
from certificates.webhooks.models import (
    DeliveryState,
    EventType,
    WebhookDelivery,
)
from certificates.webhooks.services import bell, claiming, delivering
from certificates.webhooks.services.delivering import deliver_due
from certificates.webhooks.services.marking import mark
from certificates.webhooks.services.outbox import record_event
from certificates.webhooks.services.posting import Answer, Outcome
from tests.webhooks.conftest import Clock
from tests.webhooks.factories import (
    NOW,
    WebhookDeliveryFactory,
    WebhookEndpointFactory,
    WebhookEventFactory,
)
from tests.webhooks.receiver import after, answer, hang, receiving

pytestmark = pytest.mark.django_db


def states() -> set[str]:
    return set(WebhookDelivery.objects.values_list("state", flat=True))


def test_a_delivery_carries_the_body_its_signature_and_what_it_is_about(clock: Clock) -> None:
    with receiving() as receiver:
        endpoint = WebhookEndpointFactory.create(
            url=f"{receiver.url}?key=1", headers={"Authorization": "Bearer abc"}
        )
        event = WebhookEventFactory.create(
            tenant=endpoint.tenant, sequence=7, body='{"name":"Truckførerbevis"}'
        )
        WebhookDeliveryFactory.create(endpoint=endpoint, event=event)

        deliver_due()

    (request,) = receiver.requests
    secret = endpoint.secrets.get().secret
    assert Webhook(secret).verify(request.body, request.headers) == {"name": "Truckførerbevis"}
    assert request.path == "/hook?key=1"
    assert request.body == event.body.encode()
    assert request.headers == {
        "host": f"127.0.0.1:{receiver.port}",
        "content-length": str(len(request.body)),
        "content-type": "application/json",
        "user-agent": "Certkeep/1.0",
        "accept-encoding": "identity",
        "webhook-id": event.webhook_id,
        "webhook-timestamp": str(int(NOW.timestamp())),
        "webhook-signature": request.headers["webhook-signature"],
        "x-event": "CERTIFICATE::CREATE",
        "x-sequence": "7",
        "authorization": "Bearer abc",
    }


def test_a_delivery_that_was_acknowledged_is_settled_and_its_try_listed(clock: Clock) -> None:
    with receiving(answer(204)) as receiver:
        delivery = WebhookDeliveryFactory.create(endpoint__url=receiver.url)

        deliver_due()
        deliver_due()

    delivery.refresh_from_db()
    assert (delivery.state, delivery.settled_at) == (DeliveryState.DELIVERED, NOW)
    assert (delivery.attempts, delivery.claim, delivery.error) == (1, None, "")
    (attempt,) = delivery.tries.all()
    assert (attempt.number, attempt.status, attempt.error) == (1, 204, "")
    assert attempt.attempted_at == NOW
    assert len(receiver.requests) == 1


def test_of_the_answer_the_first_4_kib_are_kept_as_text(clock: Clock) -> None:
    with receiving(answer(200, b"a\0b\xff" + b"c" * 9000)) as receiver:
        delivery = WebhookDeliveryFactory.create(endpoint__url=receiver.url)

        deliver_due()

    assert delivery.tries.get().answer == "ab\N{REPLACEMENT CHARACTER}" + "c" * 4092


def test_events_of_a_certificate_arrive_in_their_order(clock: Clock) -> None:
    with receiving(always=after(0.02)) as receiver:
        endpoint = WebhookEndpointFactory.create(url=receiver.url)
        certificates = [uuid.uuid4() for _ in range(5)]
        for sequence in range(1, 5):
            for certificate_id in certificates:
                event = WebhookEventFactory.create(
                    tenant=endpoint.tenant,
                    certificate_id=certificate_id,
                    sequence=sequence,
                    body=f'{{"id":"{certificate_id}","n":{sequence}}}',
                )
                WebhookDeliveryFactory.create(endpoint=endpoint, event=event)

        deliver_due()

    arrived = [orjson.loads(body) for body in receiver.bodies]
    for certificate_id in certificates:
        mine = [one["n"] for one in arrived if one["id"] == str(certificate_id)]
        assert mine == [1, 2, 3, 4]


def test_an_endpoint_gets_its_share_at_a_time_and_no_more(clock: Clock, settings: Settings) -> None:
    settings.WEBHOOK_ENDPOINT_CONCURRENCY = 3
    with receiving(always=after(0.05)) as receiver:
        endpoint = WebhookEndpointFactory.create(url=receiver.url)
        WebhookDeliveryFactory.create_batch(12, endpoint=endpoint)

        deliver_due()

    assert receiver.most_at_once == 3
    assert states() == {DeliveryState.DELIVERED}


def test_what_other_workers_hold_counts_against_the_share(clock: Clock, settings: Settings) -> None:
    settings.WEBHOOK_ENDPOINT_CONCURRENCY = 3
    with receiving(always=after(0.05)) as receiver:
        endpoint = WebhookEndpointFactory.create(url=receiver.url)
        lease = {"claim": uuid.uuid4(), "lease_expires_at": NOW.replace(hour=11)}
        WebhookDeliveryFactory.create_batch(2, endpoint=endpoint, state="sending", **lease)
        WebhookDeliveryFactory.create_batch(3, endpoint=endpoint)

        deliver_due()

        assert receiver.most_at_once == 1
        assert len(receiver.requests) == 3


def test_a_slow_endpoint_does_not_delay_another(settings: Settings) -> None:
    settings.WEBHOOK_TIMEOUT_SECONDS = 4
    with receiving(always=hang) as slow, receiving() as quick:
        WebhookDeliveryFactory.create_batch(4, endpoint=WebhookEndpointFactory.create(url=slow.url))
        WebhookDeliveryFactory.create_batch(
            20, endpoint=WebhookEndpointFactory.create(url=quick.url)
        )
        started = time.monotonic()

        deliver_due()

    assert len(quick.requests) == 20
    assert max(request.received_at for request in quick.requests) - started < 3


def test_a_ring_with_nothing_due_costs_one_query(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    WebhookDeliveryFactory.create(state=DeliveryState.DELIVERED)
    WebhookDeliveryFactory.create(next_attempt_at=timezone.now().replace(year=2100))

    with django_assert_num_queries(1):
        deliver_due()


def test_many_deliveries_cost_few_queries(
    clock: Clock, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with receiving() as receiver:
        endpoint = WebhookEndpointFactory.create(url=receiver.url)
        WebhookDeliveryFactory.create_batch(300, endpoint=endpoint)

        # One by one they would cost over three each; how many are marked together depends on how
        # busy the machine is.
        with django_assert_max_num_queries(600):
            deliver_due()

    assert states() == {DeliveryState.DELIVERED}


def test_what_a_dead_worker_held_is_sent_once_its_lease_has_run_out(clock: Clock) -> None:
    with receiving() as receiver:
        delivery = WebhookDeliveryFactory.create(
            endpoint__url=receiver.url,
            state=DeliveryState.SENDING,
            claim=uuid.uuid4(),
            lease_expires_at=NOW.replace(minute=1),
        )

        deliver_due()
        assert receiver.requests == []

        clock.advance(minutes=2)
        deliver_due()
        assert len(receiver.requests) == 1

    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == (DeliveryState.DELIVERED, 1)


def test_a_worker_that_lost_its_lease_changes_nothing(clock: Clock) -> None:
    delivery = WebhookDeliveryFactory.create()
    ours, theirs = uuid.uuid4(), uuid.uuid4()
    claimed = claiming.claim(delivery.endpoint_id, token=ours, now=NOW)
    assert claimed is not None
    clock.advance(hours=1)
    taken_over = claiming.claim(delivery.endpoint_id, token=theirs, now=timezone.now())
    assert taken_over is not None

    success = Answer(attempted_at=NOW, duration_ms=1, status=200, error="")
    mark([Outcome(claimed.parcels[0], success)], token=ours, now=timezone.now())

    delivery.refresh_from_db()
    assert (delivery.state, delivery.claim) == (DeliveryState.SENDING, theirs)
    assert (delivery.attempts, delivery.tries.count()) == (0, 0)


def test_a_run_that_claims_long_enough_gives_back_what_it_did_not_send(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "CLAIM_SECONDS", 0.3)
    rings: list[float] = []
    monkeypatch.setattr(bell, "ring", lambda **_: rings.append(0))
    with receiving(always=after(0.1)) as receiver:
        endpoint = WebhookEndpointFactory.create(url=receiver.url)
        WebhookDeliveryFactory.create_batch(40, endpoint=endpoint)

        deliver_due()

    sent = len(receiver.requests)
    assert 4 <= sent < 40
    assert WebhookDelivery.objects.filter(state=DeliveryState.DELIVERED).count() == sent
    waiting = WebhookDelivery.objects.filter(state=DeliveryState.PENDING)
    assert set(waiting.values_list("attempts", "claim")) == {(0, None)}
    assert waiting.count() == 40 - sent
    assert rings == [0]


def test_a_disabled_endpoint_gets_nothing(clock: Clock) -> None:
    with receiving() as receiver:
        WebhookDeliveryFactory.create(endpoint__url=receiver.url, endpoint__enabled=False)

        deliver_due()

    assert receiver.requests == []


def test_the_sweep_rings_where_something_is_due_and_only_there(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    rings: list[float] = []
    monkeypatch.setattr(bell, "ring", lambda **_: rings.append(0))
    WebhookDeliveryFactory.create(next_attempt_at=NOW.replace(hour=11))

    tasks.sweep()
    assert rings == []

    clock.advance(hours=1)
    tasks.sweep()
    assert rings == [0]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.usefixtures("_inline_tasks")
def test_a_committed_event_arrives_through_the_task() -> None:
    with receiving() as receiver:
        endpoint = WebhookEndpointFactory.create(url=receiver.url)

        with transaction.atomic():
            event = record_event(
                tenant=endpoint.tenant,
                event_type=EventType.CERTIFICATE_DELETE,
                certificate_id=uuid.uuid4(),
                body={"name": "Forklift"},
                now=timezone.now(),
            )
            assert receiver.requests == []

    (request,) = receiver.requests
    assert request.headers["webhook-id"] == event.webhook_id
    assert states() == {DeliveryState.DELIVERED}


def test_a_broker_that_is_away_is_no_error(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    def fail(**_: object) -> None:
        raise OperationalError

    monkeypatch.setattr(tasks.deliver, "apply_async", fail)

    bell.ring()
