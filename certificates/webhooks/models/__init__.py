"""Endpoints, the outbox of events, and the deliveries of the ones to the others."""

from certificates.webhooks.models.delivery import (
    DeliveryState,
    WebhookAttempt,
    WebhookDelivery,
)
from certificates.webhooks.models.endpoint import (
    DisabledReason,
    WebhookEndpoint,
    WebhookSecret,
    generate_secret,
)
from certificates.webhooks.models.event import (
    SUBSCRIBABLE,
    EventStream,
    EventType,
    WebhookEvent,
)

__all__ = [
    "SUBSCRIBABLE",
    "DeliveryState",
    "DisabledReason",
    "EventStream",
    "EventType",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookEvent",
    "WebhookSecret",
    "generate_secret",
]
