"""Figures of the outbox and of endpoints."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from certificates.webhooks.models import (
    DeliveryState,
    DisabledReason,
    WebhookDelivery,
    WebhookEndpoint,
)
from certificates.webhooks.services.claiming import DELIVERIES_COUNT
from config.metrics import counters, figures
from config.metrics.figures import Figure


def register() -> None:
    """Have `/metrics` show them."""
    figures.register("webhooks", _read)


def _read(now: datetime) -> Iterator[Figure]:
    """A count that is kept, and two rows of each endpoint by the index of its deliveries."""
    yield counters.figure(
        DELIVERIES_COUNT,
        "Deliveries that were received by their endpoint, or given up.",
        "outcome",
        ("delivered", "failed"),
    )
    oldest = _oldest_undelivered()
    yield Figure(
        "webhook_outbox_age_seconds",
        "Age of the oldest event that is neither delivered nor given up; 0 without one.",
        values={(): (now - oldest).total_seconds() if oldest else 0.0},
    )
    disabled = {
        reason or "by_hand": Count("pk", filter=Q(enabled=False, disabled_reason=reason))
        for reason in ("", *DisabledReason.values)
    }
    counts = WebhookEndpoint.objects.aggregate(
        in_trouble=Count("pk", filter=Q(enabled=True, failing_since__isnull=False)), **disabled
    )
    yield Figure(
        "webhook_endpoints_failing",
        "Enabled endpoints whose latest try failed.",
        values={(): counts["in_trouble"]},
    )
    yield Figure(
        "webhook_endpoints_disabled",
        "Endpoints that are switched off, by us for a reason or by hand.",
        ("reason",),
        values={(reason,): counts[reason] for reason in disabled},
    )


def _oldest_undelivered() -> datetime | None:
    """When the oldest event was recorded that still waits at any endpoint.

    The first of each endpoint and state stands at the beginning of an index; all that wait may be
    millions.
    """
    waiting = WebhookDelivery.objects.filter(endpoint=OuterRef("pk")).order_by("id")

    def first(rows: QuerySet[WebhookDelivery]) -> Subquery:
        return Subquery(rows.values("event__created_at")[:1])

    endpoints = WebhookEndpoint.objects.annotate(
        pending=first(waiting.filter(state=DeliveryState.PENDING)),
        sending=first(waiting.filter(state=DeliveryState.SENDING)),
    )
    moments = [moment for pair in endpoints.values_list("pending", "sending") for moment in pair]
    return min(filter(None, moments), default=None)
