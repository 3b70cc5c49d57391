"""The outbox: an event is recorded in the transaction that makes it happen, or not at all.

1. The sequence within the certificate is the highest so far plus one; the caller holds the
   certificate's row lock, so that nobody else counts at the same time.
2. The positions are taken from the tenant's `EventStream` row as late as possible. That row stays
   locked until the commit: positions are gapless, and their order is that of the commits.
3. The events and their deliveries to the endpoints that asked for them are written.
4. After the commit a worker is rung for. A lost ring is made up for by the sweep.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import orjson
from django.db import connections, router, transaction
from django.db.models import Max

from certificates.models.tenant import Tenant
from certificates.webhooks.models import (
    EventStream,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)
from certificates.webhooks.services import bell


class NewEvent(NamedTuple):
    """What happened to a certificate; `body` is sent as it stands, its keys in their order."""

    event_type: str
    certificate_id: uuid.UUID
    body: Mapping[str, object]


def record_event(
    *,
    tenant: Tenant,
    event_type: str,
    certificate_id: uuid.UUID,
    body: Mapping[str, object],
    now: datetime,
) -> WebhookEvent:
    """Record one event; see `record_events`."""
    return record_events(
        tenant=tenant, events=[NewEvent(event_type, certificate_id, body)], now=now
    )[0]


def record_events(
    *, tenant: Tenant, events: Sequence[NewEvent], now: datetime
) -> list[WebhookEvent]:
    """Record events in their order, with their deliveries; returns them.

    To be called inside the transaction that makes them happen, by whoever holds the row locks of
    the certificates; `TransactionManagementError` outside of one. The transaction should end soon
    after: until then no other event of the tenant can be recorded.
    """
    alias = router.db_for_write(WebhookEvent)
    if not connections[alias].in_atomic_block:
        raise transaction.TransactionManagementError(
            "An event is recorded in the transaction that makes it happen."
        )
    if not events:
        return []
    sequences = _next_sequences(events)
    endpoints = list(
        WebhookEndpoint.objects.enabled()
        .filter(tenant=tenant)
        .only("webhook_endpoint_id", "events")
        .order_by("created_at")
    )
    rows = [
        WebhookEvent(
            tenant=tenant,
            event_type=event.event_type,
            certificate_id=event.certificate_id,
            sequence=sequence,
            body=orjson.dumps(event.body).decode(),
            created_at=now,
        )
        for event, sequence in zip(events, sequences, strict=True)
    ]
    write_events(rows, tenant)
    plan_deliveries(
        [(row, to) for row in rows for to in endpoints if to.subscribes(row.event_type)], now=now
    )
    return rows


def write_events(rows: Sequence[WebhookEvent], tenant: Tenant) -> None:
    """Give the rows the tenant's next positions and insert them."""
    first = _take_positions(tenant, len(rows))
    for position, row in enumerate(rows, start=first):
        row.position = position
    WebhookEvent.objects.bulk_create(rows)


def plan_deliveries(
    pairs: Sequence[tuple[WebhookEvent, WebhookEndpoint]], *, now: datetime
) -> None:
    """One delivery for each event and endpoint, due now; rings once they are committed."""
    if not pairs:
        return
    WebhookDelivery.objects.bulk_create(
        WebhookDelivery(
            event=event,
            endpoint=endpoint,
            certificate_id=event.certificate_id,
            sequence=event.sequence,
            next_attempt_at=now,
            created_at=now,
        )
        for event, endpoint in pairs
    )
    transaction.on_commit(bell.ring)


def _next_sequences(events: Sequence[NewEvent]) -> list[int]:
    """The number of each event within its certificate."""
    last: dict[uuid.UUID | None, int] = dict(
        WebhookEvent.objects.filter(certificate_id__in={event.certificate_id for event in events})
        .values_list("certificate_id")
        .annotate(Max("sequence"))
    )
    sequences = []
    for event in events:
        last[event.certificate_id] = last.get(event.certificate_id, 0) + 1
        sequences.append(last[event.certificate_id])
    return sequences


def _take_positions(tenant: Tenant, count: int) -> int:
    """The first of the tenant's next `count` positions, which are ours from now on.

    One statement makes the tenant's row or moves it on, and says where it stands; the ORM has none
    that returns what it wrote. SQLite (3.35 on) and PostgreSQL spell it alike.
    """
    connection = connections[router.db_for_write(EventStream)]
    meta = EventStream._meta
    quote = connection.ops.quote_name
    table, key, last = (quote(name) for name in (meta.db_table, "tenant_id", "last_position"))
    tenant_id = meta.pk.get_db_prep_value(tenant.pk, connection)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({key}, {last}) VALUES (%s, %s) ON CONFLICT ({key}) "  # noqa: S608
            f"DO UPDATE SET {last} = {table}.{last} + excluded.{last} RETURNING {last}",
            [tenant_id, count],
        )
        (position,) = cursor.fetchone()
    return int(position) - count + 1
