"""Taking deliveries of one endpoint, and giving back those that were not tried.

A claim is made while the endpoint's row is locked. All that are held by others count against the
endpoint's concurrency: how many workers there are makes no difference to a receiver.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from certificates.webhooks.models import (
    DeliveryState,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookSecret,
)
from certificates.webhooks.services.posting import Address, Parcel
from config.metrics import counters

#: Deliveries that are taken at a time from an endpoint that works.
CLAIM_SIZE = 100
#: The name under which settled deliveries are counted.
DELIVERIES_COUNT = "webhook_deliveries"
DISABLED_ERROR = "The endpoint was disabled."


class Due(NamedTuple):
    """An endpoint that has something to be sent."""

    endpoint_id: uuid.UUID
    tenant_id: uuid.UUID


class Claimed(NamedTuple):
    tenant_id: uuid.UUID
    address: Address
    parcels: list[Parcel]
    limit: int  #: how many of them may be on their way at the same time
    version: datetime  #: the endpoint's `updated_at`: once it differs, `address` is out of date


def lease() -> timedelta:
    return timedelta(seconds=settings.WEBHOOK_LEASE_SECONDS)


def endpoints_with_work(now: datetime) -> list[Due]:
    """The endpoints that may be sent to and have something due; one query.

    "The first that is due" in place of "is there one" lets PostgreSQL see that an index has it.
    """
    deliveries = WebhookDelivery.objects.filter(endpoint=OuterRef("pk"))
    first = deliveries.ready(now).order_by("next_attempt_at").values("pk")[:1]
    has_work = Q(first_due__isnull=False) | Q(Exists(deliveries.abandoned(now)))
    endpoints = WebhookEndpoint.objects.accepting(now).alias(first_due=Subquery(first))
    return [Due(*row) for row in endpoints.filter(has_work).values_list("pk", "tenant_id")]


@transaction.atomic
def claim(endpoint_id: uuid.UUID, *, token: uuid.UUID, now: datetime) -> Claimed | None:
    """Take what is due of the endpoint for `token`; None if there is nothing to take.

    None as well while another worker claims there, and while others hold as many deliveries as the
    endpoint gets at a time.
    """
    endpoint = (
        WebhookEndpoint.objects.accepting(now)
        .filter(pk=endpoint_id)
        # Not the key: whoever records an event just now holds a share of that.
        .select_for_update(skip_locked=True, no_key=True)
        .first()
    )
    if endpoint is None:
        return None
    deliveries = WebhookDelivery.objects.filter(endpoint=endpoint)
    _put_back_abandoned(endpoint, token=token, now=now)
    works = endpoint.failing_since is None and endpoint.slow_downs == 0
    held = deliveries.under_way(now).exclude(claim=token).count()
    # One that fails, or asked for less, gets one at a time.
    limit = (settings.WEBHOOK_ENDPOINT_CONCURRENCY if works else 1) - held
    if limit <= 0:
        return None
    parcels = _take(deliveries.ready(now), CLAIM_SIZE if works else 1, token=token, now=now)
    if not parcels:
        return None
    return Claimed(
        tenant_id=endpoint.tenant_id,
        address=_address(endpoint, now),
        parcels=parcels,
        limit=limit,
        version=endpoint.updated_at,
    )


def release(delivery_ids: Collection[int], *, token: uuid.UUID, now: datetime) -> None:
    """Give back what was not tried; at an endpoint that was disabled meanwhile it has failed."""
    if not delivery_ids:
        return
    with transaction.atomic():
        held = WebhookDelivery.objects.held_by(token).filter(pk__in=delivery_ids)
        endpoints = WebhookEndpoint.objects.filter(pk__in=held.values("endpoint"))
        locked = list(endpoints.order_by("pk").select_for_update(no_key=True))
        held.filter(endpoint__in=[one for one in locked if one.enabled]).update(
            state=DeliveryState.PENDING, claim=None, lease_expires_at=None
        )
        fail_for_disabled_endpoint(held, now=now)


def fail_for_disabled_endpoint(deliveries: QuerySet[WebhookDelivery], *, now: datetime) -> int:
    """Settle them as failed; *redeliver all failed* brings them back."""
    failed = deliveries.update(
        state=DeliveryState.FAILED,
        settled_at=now,
        claim=None,
        lease_expires_at=None,
        error=DISABLED_ERROR,
    )
    counters.add(DELIVERIES_COUNT, failed=failed)
    return failed


def renew_leases(token: uuid.UUID, now: datetime) -> None:
    """Say that the worker is alive."""
    WebhookDelivery.objects.held_by(token).update(lease_expires_at=now + lease())


def _put_back_abandoned(endpoint: WebhookEndpoint, *, token: uuid.UUID, now: datetime) -> None:
    """What a dead worker held may be taken again; its tries left no trace, so none is counted."""
    abandoned = WebhookDelivery.objects.filter(endpoint=endpoint).abandoned(now)
    lost = abandoned.exclude(claim=token).select_for_update(skip_locked=True)
    pks = list(lost.values_list("pk", flat=True))
    if pks:
        WebhookDelivery.objects.filter(pk__in=pks).update(
            state=DeliveryState.PENDING, next_attempt_at=now, claim=None, lease_expires_at=None
        )


def _take(
    ready: QuerySet[WebhookDelivery], count: int, *, token: uuid.UUID, now: datetime
) -> list[Parcel]:
    rows = (
        ready.select_related("event")
        .order_by("next_attempt_at", "pk")
        .select_for_update(skip_locked=True, of=("self",))[:count]
    )
    parcels = [_parcel(row) for row in rows]
    if parcels:
        WebhookDelivery.objects.filter(pk__in=[one.delivery_id for one in parcels]).update(
            state=DeliveryState.SENDING, claim=token, lease_expires_at=now + lease()
        )
    return parcels


def _parcel(row: WebhookDelivery) -> Parcel:
    return Parcel(
        delivery_id=row.pk,
        endpoint_id=row.endpoint_id,
        certificate_id=row.certificate_id,
        sequence=row.sequence,
        attempts=row.attempts,
        attempts_before=row.attempts_before,
        webhook_id=row.event.webhook_id,
        event_type=row.event.event_type,
        body=row.event.body,
    )


def _address(endpoint: WebhookEndpoint, now: datetime) -> Address:
    secrets = WebhookSecret.objects.filter(endpoint=endpoint).valid(now)
    return Address(
        endpoint_id=endpoint.pk,
        url=endpoint.url,
        headers=endpoint.headers,
        secrets=tuple(secrets.values_list("secret", flat=True)),
    )
