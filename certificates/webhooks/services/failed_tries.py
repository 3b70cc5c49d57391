"""Failed tries: how one is counted, and outcomes that count as one because of a fault of ours."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F

from certificates.webhooks.models import (
    DeliveryState,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
)
from certificates.webhooks.services.claiming import DELIVERIES_COUNT
from certificates.webhooks.services.posting import OUR_FAULT, Answer, Outcome, Parcel
from certificates.webhooks.services.verdicts import next_attempt_at
from config.metrics import counters


def count_failed_try(
    delivery_id: int, *, error: str, again_at: datetime | None, now: datetime
) -> None:
    """Put the delivery back for a try at `again_at`; settle it as failed where that is None."""
    changes: dict[str, object] = (
        {"state": DeliveryState.FAILED, "settled_at": now}
        if again_at is None
        else {"state": DeliveryState.PENDING, "next_attempt_at": again_at}
    )
    WebhookDelivery.objects.filter(pk=delivery_id).update(
        claim=None, lease_expires_at=None, attempts=F("attempts") + 1, error=error[:500], **changes
    )


@transaction.atomic
def mark_as_our_fault(outcomes: Sequence[Outcome], *, token: uuid.UUID, now: datetime) -> None:
    """Count a failed try for each delivery that `token` holds still.

    Nothing of the answers is used, and no rule but the schedule: whatever broke when the outcomes
    were written is not done again. Locks endpoints and then deliveries, as whoever marks does.
    """
    endpoints = WebhookEndpoint.objects.filter(pk__in={one.parcel.endpoint_id for one in outcomes})
    locked = endpoints.order_by("pk").select_for_update(no_key=True).values_list("pk", "enabled")
    enabled = {pk for pk, is_enabled in locked if is_enabled}
    endpoints.filter(failing_since__isnull=True).update(failing_since=now)
    deliveries = WebhookDelivery.objects.held_by(token).filter(
        pk__in=[one.parcel.delivery_id for one in outcomes]
    )
    held = set(
        deliveries.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True)
    )
    given_up = 0
    for parcel, answer in outcomes:
        if parcel.delivery_id in held:
            failure = Answer(answer.attempted_at, answer.duration_ms, None, OUR_FAULT)
            given_up += _count_our_fault(parcel, failure, parcel.endpoint_id in enabled, now)
    counters.add(DELIVERIES_COUNT, failed=given_up)


def _count_our_fault(parcel: Parcel, failure: Answer, is_enabled: bool, now: datetime) -> bool:
    """One more try of the delivery; whether it was the last."""
    tries = parcel.attempts - parcel.attempts_before + 1
    again_at = next_attempt_at(failure, tries=tries, now=now) if is_enabled else None
    count_failed_try(parcel.delivery_id, error=failure.error, again_at=again_at, now=now)
    attempt = WebhookAttempt(
        delivery_id=parcel.delivery_id,
        number=parcel.attempts + 1,
        attempted_at=failure.attempted_at,
        duration_ms=failure.duration_ms,
        error=failure.error,
    )
    # A row under that number may be what broke.
    WebhookAttempt.objects.bulk_create([attempt], ignore_conflicts=True)
    return again_at is None
