"""Many at once, with real threads on PostgreSQL."""

from __future__ import annotations

import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable

import orjson
import pytest
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import Settings

from certificates.models import Tenant
from certificates.webhooks.models import (
    DeliveryState,
    EventType,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)
from certificates.webhooks.services import claiming, delivering, endpoints
from certificates.webhooks.services.delivering import deliver_due
from certificates.webhooks.services.outbox import NewEvent, record_events
from certificates.webhooks.services.turnstile import Turnstile
from tests.threads import all_at_once
from tests.webhooks.factories import WebhookDeliveryFactory, WebhookEndpointFactory
from tests.webhooks.receiver import PATIENCE_SECONDS, after, answer, hang, receiving

pytestmark = [
    pytest.mark.services,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]

THREADS = 12


@pytest.fixture(autouse=True)
def _on_postgresql() -> None:
    assert connection.vendor == "postgresql", "run by make test-services"


def in_background(call: Callable[[], None]) -> threading.Thread:
    """A thread that does it, with a database connection of its own."""

    def run() -> None:
        try:
            call()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.fixture
def _as_many_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every run is let in, as if each were in a process of its own."""
    monkeypatch.setattr(Turnstile, "enter", lambda *_: True)
    monkeypatch.setattr(Turnstile, "leave_unless_woken", lambda *_: True)


def test_positions_have_no_gap_and_stand_in_the_order_of_commits() -> None:
    tenant = WebhookEndpointFactory.create().tenant
    seen: list[list[int]] = []
    is_over = threading.Event()

    def write(number: int) -> None:
        for attempt in range(10):
            with transaction.atomic():
                events = [
                    NewEvent(EventType.CERTIFICATE_CREATE, uuid.uuid4(), {"n": number})
                    for _ in range(1 + attempt % 3)
                ]
                record_events(tenant=tenant, events=events, now=timezone.now())
                transaction.set_rollback(attempt % 4 == 3)

    def read() -> None:
        while not is_over.is_set():
            rows = WebhookEvent.objects.order_by("position")
            seen.append(list(rows.values_list("position", flat=True)))

    reader = in_background(read)
    all_at_once(write, threads=THREADS)
    is_over.set()
    reader.join()

    seen.append(list(WebhookEvent.objects.order_by("position").values_list("position", flat=True)))
    assert len(seen[-1]) > 100
    for positions in seen:
        assert positions == list(range(1, len(positions) + 1))


def test_sequences_of_one_certificate_have_no_gap_under_its_lock() -> None:
    tenant = WebhookEndpointFactory.create().tenant
    certificate_id = uuid.uuid4()

    def write(_: int) -> None:
        with transaction.atomic():
            # Any row lock will do for the certificate's.
            Tenant.objects.select_for_update().get(pk=tenant.pk)
            event = NewEvent(EventType.CERTIFICATE_UPDATE, certificate_id, {})
            record_events(tenant=tenant, events=[event, event], now=timezone.now())

    all_at_once(write, threads=THREADS)

    sequences = WebhookEvent.objects.order_by("position").values_list("sequence", flat=True)
    assert list(sequences) == list(range(1, 2 * THREADS + 1))


def test_no_delivery_is_claimed_twice_and_no_endpoint_gets_more_than_its_share(
    settings: Settings,
) -> None:
    settings.WEBHOOK_ENDPOINT_CONCURRENCY = 4
    endpoint = WebhookEndpointFactory.create()
    WebhookDeliveryFactory.create_batch(3, endpoint=endpoint)

    claims = all_at_once(
        lambda _: claiming.claim(endpoint.pk, token=uuid.uuid4(), now=timezone.now()),
        threads=THREADS,
    )

    taken = Counter(parcel.delivery_id for claim in claims if claim for parcel in claim.parcels)
    assert len(taken) == 3
    assert set(taken.values()) == {1}


@pytest.mark.usefixtures("_as_many_processes")
def test_many_workers_deliver_each_once_in_order_and_within_the_share(settings: Settings) -> None:
    settings.WEBHOOK_ENDPOINT_CONCURRENCY = 3
    with receiving(always=after(0.01)) as receiver:
        endpoint = WebhookEndpointFactory.create(url=receiver.url)
        certificates = [uuid.uuid4() for _ in range(20)]
        with transaction.atomic():
            record_events(
                tenant=endpoint.tenant,
                events=[
                    NewEvent(EventType.CERTIFICATE_UPDATE, pk, {"id": pk, "n": number})
                    for number in range(5)
                    for pk in certificates
                ],
                now=timezone.now(),
            )

        all_at_once(lambda _: deliver_due(), threads=4)
        deliver_due()

    assert receiver.most_at_once <= 3
    assert len({request.headers["webhook-id"] for request in receiver.requests}) == 100
    assert len(receiver.requests) == 100
    arrived = [orjson.loads(body) for body in receiver.bodies]
    for pk in certificates:
        assert [one["n"] for one in arrived if one["id"] == str(pk)] == [0, 1, 2, 3, 4]


@pytest.mark.usefixtures("_as_many_processes")
def test_workers_and_people_who_switch_an_endpoint_leave_nothing_pending_or_held() -> None:
    with receiving(always=after(0.005)) as receiver:
        receiver.script = [answer(500 if number % 7 == 0 else 200) for number in range(150)]
        endpoint = WebhookEndpointFactory.create(url=receiver.url)
        WebhookDeliveryFactory.create_batch(200, endpoint=endpoint)

        def act(number: int) -> None:
            if number == 0:
                time.sleep(0.3)
                endpoints.update_endpoint(endpoint=endpoint, enabled=False, now=timezone.now())
            else:
                deliver_due()

        all_at_once(act, threads=4)

    states = set(WebhookDelivery.objects.values_list("state", flat=True))
    assert states <= {DeliveryState.DELIVERED, DeliveryState.FAILED}
    assert not WebhookEndpoint.objects.get().enabled


def test_a_ring_during_a_run_has_the_new_delivery_sent_at_once(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "GLANCE_SECONDS", 60)
    settings.WEBHOOK_TIMEOUT_SECONDS = 5
    with receiving(always=hang) as slow, receiving() as quick:
        WebhookDeliveryFactory.create(endpoint__url=slow.url)
        run = in_background(deliver_due)
        slow.wait_for(1)

        WebhookDeliveryFactory.create(endpoint__url=quick.url)
        started = time.monotonic()
        deliver_due()
        assert time.monotonic() - started < 0.5

        quick.wait_for(1)
        assert run.is_alive()
        run.join(PATIENCE_SECONDS)


def test_an_endpoint_that_is_disabled_during_a_run_gets_no_more(settings: Settings) -> None:
    with receiving(always=after(0.2)) as receiver:
        endpoint = WebhookEndpointFactory.create(url=receiver.url)
        WebhookDeliveryFactory.create_batch(60, endpoint=endpoint)
        run = in_background(deliver_due)
        receiver.wait_for(1)

        endpoints.update_endpoint(endpoint=endpoint, enabled=False, now=timezone.now())
        run.join(PATIENCE_SECONDS)

    assert len(receiver.requests) < 40
    assert not WebhookDelivery.objects.unsettled().exists()
    failed = WebhookDelivery.objects.filter(error="The endpoint was disabled.")
    assert failed.count() == 60 - len(receiver.requests)
