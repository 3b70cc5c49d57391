"""Bringing back what was given up, and what an endpoint missed while it was disabled."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from certificates.webhooks.models import (
    DeliveryState,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)
from certificates.webhooks.services import bell
from certificates.webhooks.services.endpoints import lock_endpoint, require_enabled
from certificates.webhooks.services.outbox import plan_deliveries
from config.errors import ConflictError

#: Missed events that are planned at a time.
BATCH = 1000


class Redelivered(NamedTuple):
    failed: int  #: deliveries that had been given up
    missed: int  #: events that had no delivery to the endpoint


@transaction.atomic
def redeliver(*, delivery: WebhookDelivery, now: datetime) -> WebhookDelivery:
    """Send a settled delivery again, on a fresh schedule; its earlier tries stay listed.

    `ConflictError` while it is on its way, or its endpoint is disabled.
    """
    require_enabled(lock_endpoint(delivery.endpoint_id))
    if not _bring_back(WebhookDelivery.objects.filter(pk=delivery.pk).settled(), now):
        raise ConflictError("The delivery is on its way already.")
    delivery.refresh_from_db()
    return delivery


@transaction.atomic
def redeliver_failed(*, endpoint: WebhookEndpoint, since: datetime, now: datetime) -> Redelivered:
    """Send again what failed since then, and what happened since then and was never planned.

    The latter are events that the endpoint asks for, from while it was disabled. `ConflictError`
    while the endpoint is disabled.
    """
    row = lock_endpoint(endpoint.pk)
    require_enabled(row)
    deliveries = WebhookDelivery.objects.filter(endpoint=row)
    failed = _bring_back(deliveries.failed_since(since), now)
    return Redelivered(failed=failed, missed=_plan_missed(row, since=since, now=now))


def _bring_back(deliveries: QuerySet[WebhookDelivery], now: datetime) -> int:
    brought = deliveries.update(
        state=DeliveryState.PENDING,
        next_attempt_at=now,
        attempts_before=F("attempts"),
        settled_at=None,
    )
    if brought:
        transaction.on_commit(bell.ring)
    return brought


def _plan_missed(endpoint: WebhookEndpoint, *, since: datetime, now: datetime) -> int:
    planned = WebhookDelivery.objects.filter(event=OuterRef("pk"), endpoint=endpoint)
    missed = (
        WebhookEvent.objects.filter(
            ~Exists(planned),
            tenant=endpoint.tenant,
            event_type__in=endpoint.events,
            created_at__gte=since,
        )
        .only("pk", "certificate_id", "sequence")
        .order_by("position")
    )
    count = 0
    while batch := list(missed[:BATCH]):
        plan_deliveries([(event, endpoint) for event in batch], now=now)
        count += len(batch)
    return count
