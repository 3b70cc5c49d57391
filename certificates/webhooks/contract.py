"""Endpoints, events and deliveries as JSON. Optional keys that are unset are left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import orjson

from certificates.webhooks.models import (
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)
from config.api.fields import format_utc
from config.masking import masked_values


def endpoint_body(endpoint: WebhookEndpoint, *, secret: str | None = None) -> dict[str, Any]:
    """An endpoint; with its new `secret` only in the answer that makes it.

    Values of headers are never shown: they are credentials of the receiver more often than not.
    """
    return _plain(
        {
            "webhook_endpoint_id": endpoint.pk,
            "tenant_id": endpoint.tenant_id,
            "name": endpoint.name,
            "url": endpoint.url,
            "events": endpoint.events,
            "headers": masked_values(endpoint.headers),
            "enabled": endpoint.enabled,
            "disabled_at": endpoint.disabled_at,
            "disabled_reason": endpoint.disabled_reason or None,
            "failing_since": endpoint.failing_since,
            "paused_until": endpoint.paused_until,
            "created_at": endpoint.created_at,
            "updated_at": endpoint.updated_at,
            "secret": secret,
        }
    )


def event_body(event: WebhookEvent) -> dict[str, Any]:
    """An event with the body that was sent, to the byte."""
    return _plain(
        {
            "webhook_id": event.webhook_id,
            "position": event.position,
            "event": event.event_type,
            "certificate_id": event.certificate_id,
            "sequence": event.sequence,
            "created_at": event.created_at,
            "body": orjson.Fragment(event.body),
        }
    )


def delivery_body(delivery: WebhookDelivery) -> dict[str, Any]:
    """A delivery with its event's names; read it with `event` at hand."""
    return _plain(
        {
            "webhook_delivery_id": delivery.webhook_delivery_id,
            "webhook_endpoint_id": delivery.endpoint_id,
            "webhook_id": delivery.event.webhook_id,
            "event": delivery.event.event_type,
            "certificate_id": delivery.certificate_id,
            "sequence": delivery.sequence,
            "state": delivery.state,
            "attempts": delivery.attempts,
            "next_attempt_at": None if delivery.settled_at else delivery.next_attempt_at,
            "settled_at": delivery.settled_at,
            "error": delivery.error or None,
            "created_at": delivery.created_at,
        }
    )


def delivery_details(
    delivery: WebhookDelivery, attempts: Iterable[WebhookAttempt]
) -> dict[str, Any]:
    """A delivery with every try of it, in their order."""
    return {**delivery_body(delivery), "tries": [_attempt_body(attempt) for attempt in attempts]}


def _attempt_body(attempt: WebhookAttempt) -> dict[str, Any]:
    return _plain(
        {
            "number": attempt.number,
            "attempted_at": attempt.attempted_at,
            "duration_ms": attempt.duration_ms,
            "status": attempt.status,
            "error": attempt.error or None,
            "answer": attempt.answer,
        }
    )


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: format_utc(value) if isinstance(value, datetime) else value
        for key, value in values.items()
        if value is not None
    }
