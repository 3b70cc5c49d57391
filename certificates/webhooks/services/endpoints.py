"""Making, changing and removing endpoints, and their secrets."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, TypedDict, Unpack

import orjson
from django.conf import settings
from django.db import transaction

from certificates.errors import TooManyEndpoints
from certificates.models.tenant import Tenant
from certificates.webhooks.models import (
    EventType,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
    WebhookSecret,
)
from certificates.webhooks.services.endpoint_rules import check_endpoint
from certificates.webhooks.services.outbox import plan_deliveries, write_events
from certificates.webhooks.services.switching import give_up_pending
from config.errors import ConflictError
from config.masking import unmasked_values

#: How long an old secret signs beside the new one.
ROTATION = timedelta(hours=24)
#: Deliveries that are deleted at a time.
DELETE_BATCH = 5000


class EndpointChanges(TypedDict, total=False):
    name: str
    url: str
    events: Sequence[str]
    headers: Mapping[str, str]
    enabled: bool


class NewEndpoint(NamedTuple):
    endpoint: WebhookEndpoint
    secret: str  #: to be shown once


@transaction.atomic
def create_endpoint(
    *,
    tenant: Tenant,
    name: str,
    url: str,
    events: Sequence[str],
    headers: Mapping[str, str] | None = None,
    enabled: bool = True,
    now: datetime,
) -> NewEndpoint:
    """Make an endpoint with its first secret.

    `InvalidError` with all faults; `TooManyEndpoints` where the tenant has as many as it can.
    """
    endpoint = WebhookEndpoint(
        tenant=tenant,
        name=name,
        url=url,
        events=events,
        headers={} if headers is None else headers,
        enabled=enabled,
        created_at=now,
        updated_at=now,
    )
    check_endpoint(endpoint)
    # Of two that are made at once, the second counts the first.
    require_room(Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk))
    endpoint.save(force_insert=True)
    secret = WebhookSecret.objects.create(endpoint=endpoint, created_at=now)
    return NewEndpoint(endpoint, secret.secret)


@transaction.atomic
def update_endpoint(
    *, endpoint: WebhookEndpoint, now: datetime, **changes: Unpack[EndpointChanges]
) -> WebhookEndpoint:
    """Change what is given and return the endpoint as it stands; `InvalidError` with all faults.

    A header whose value is the mask that is shown for it keeps its value. Disabling gives up what
    waits for it. Enabling it, or giving it another URL, starts with a clean slate: what was known
    of its failures is forgotten.
    """
    row = _lock(endpoint)
    before = (row.enabled, row.url)
    if "headers" in changes and isinstance(changes["headers"], dict):
        changes["headers"] = unmasked_values(changes["headers"], row.headers)
    for field, value in changes.items():
        setattr(row, field, value)
    check_endpoint(row)
    if (row.enabled, row.url) != before:
        row.failing_since = row.paused_until = None
        row.slow_downs = 0
    if row.enabled:
        row.disabled_at = row.notice_due_at = None
        row.disabled_reason = ""
    row.updated_at = now
    row.save()
    if not row.enabled:
        give_up_pending(row, now=now)
    return row


@transaction.atomic
def delete_endpoint(*, endpoint: WebhookEndpoint) -> None:
    """Remove it with its secrets and deliveries; its history and the events stay."""
    row = _lock(endpoint)
    deliveries = WebhookDelivery.objects.filter(endpoint=row).order_by("pk")
    # Django reads the rows that it deletes with others: there may be a million.
    while some := list(deliveries.values_list("pk", flat=True)[:DELETE_BATCH]):
        WebhookDelivery.objects.filter(pk__in=some).delete()
    row.delete()


@transaction.atomic
def rotate_secret(*, endpoint: WebhookEndpoint, now: datetime) -> str:
    """Give it a new secret and return that, to be shown once.

    The old ones sign beside it for `ROTATION`, so that the receiver can change over in between.
    """
    row = _lock(endpoint)
    secrets = WebhookSecret.objects.filter(endpoint=row)
    secrets.filter(expires_at__lte=now).delete()
    secrets.filter(expires_at__isnull=True).update(expires_at=now + ROTATION)
    new = WebhookSecret.objects.create(endpoint=row, created_at=now)
    row.updated_at = now
    row.save(update_fields=["updated_at"])
    return new.secret


@transaction.atomic
def send_test_event(*, endpoint: WebhookEndpoint, now: datetime) -> WebhookDelivery:
    """Send an event that says nothing, to this endpoint only and on the way that all take.

    Returns its delivery. `ConflictError` while the endpoint is disabled.
    """
    row = _lock(endpoint)
    require_enabled(row)
    body = {
        "webhook_endpoint_id": row.pk,
        "name": row.name,
        "sent_at": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    event = WebhookEvent(
        tenant=row.tenant,
        event_type=EventType.TEST,
        body=orjson.dumps(body).decode(),
        created_at=now,
    )
    write_events([event], row.tenant)
    plan_deliveries([(event, row)], now=now)
    return WebhookDelivery.objects.get(event=event, endpoint=row)


def require_room(tenant: Tenant) -> None:
    """`TooManyEndpoints` where the tenant has as many endpoints as it can."""
    most = settings.WEBHOOK_ENDPOINTS_PER_TENANT
    if WebhookEndpoint.objects.filter(tenant=tenant).count() >= most:
        raise TooManyEndpoints(most)


def require_enabled(endpoint: WebhookEndpoint) -> None:
    """`ConflictError` while it is disabled: nothing could be sent."""
    if not endpoint.enabled:
        raise ConflictError("The endpoint is disabled; enable it first.")


def lock_endpoint(endpoint_id: uuid.UUID) -> WebhookEndpoint:
    """The endpoint as it stands, nobody else changing it or claiming for it until the commit."""
    rows = WebhookEndpoint.objects.select_related("tenant")
    return rows.select_for_update(no_key=True, of=("self",)).get(pk=endpoint_id)


def _lock(endpoint: WebhookEndpoint) -> WebhookEndpoint:
    return lock_endpoint(endpoint.pk)
