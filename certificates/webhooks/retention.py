"""What of the outbox may go once it is old."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from certificates.models.certificate import Certificate
from certificates.webhooks.models import WebhookDelivery, WebhookEndpoint, WebhookEvent
from config import retention
from config.claims import UNSETTLED
from config.retention import Prunable


def register() -> None:
    """Have events pruned with their deliveries and tries, and the history of endpoints."""
    events = Prunable(
        name="webhook events",
        setting="KEEP_WEBHOOK_EVENTS_DAYS",
        model=WebhookEvent,
        age="created_at",
        finished=_finished_events,
        hold=_hold_deliveries,
    )
    retention.register(lambda: [events])
    retention.register_history(WebhookEndpoint)


def _finished_events(before: datetime) -> QuerySet[WebhookEvent]:
    """Events whose deliveries were all received or given up before then.

    Each certificate keeps its latest event, from which the sequence of the next one is counted.
    """
    deliveries = WebhookDelivery.objects.filter(event=OuterRef("pk"))
    recent = deliveries.filter(Q(state__in=UNSETTLED) | Q(settled_at__gte=before))
    later = WebhookEvent.objects.filter(
        certificate_id=OuterRef("certificate_id"), sequence__gt=OuterRef("sequence")
    )
    standing = Certificate.objects.filter(pk=OuterRef("certificate_id"))
    return WebhookEvent.objects.filter(~Exists(recent), Exists(later) | ~Exists(standing))


def _hold_deliveries(event_pks: list[Any]) -> list[Any]:
    """Keep deliveries from being brought back; the events of which all could be locked."""
    deliveries = WebhookDelivery.objects.filter(event__in=event_pks)
    locked = deliveries.select_for_update(skip_locked=True, of=("self",))
    pks = list(locked.order_by("pk").values_list("pk", flat=True))
    busy = set(deliveries.exclude(pk__in=pks).values_list("event", flat=True))
    return [pk for pk in event_pks if pk not in busy]
