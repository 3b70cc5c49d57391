"""What the properties of webhooks mean, for the OpenAPI document."""

from __future__ import annotations

WORDS = {
    "webhook_endpoint_id": "The endpoint's id.",
    "webhook_delivery_id": "The delivery's id.",
    "webhook_id": "The event's id: `webhook-id` of each try.",
    "tenant_id": "The tenant whose events they are.",
    "name": "What the endpoint is called.",
    "url": "Where events are sent.",
    "events": "The types of events that are sent there.",
    "headers": "Headers that are sent with each request, with a mask for each value.",
    "enabled": "Whether events are sent there.",
    "disabled_reason": "Why Certkeep switched it off.",
    "failing_since": "Since when every try has failed.",
    "secret": "What signs requests. It is never shown again.",  # pragma: allowlist secret
    "position": "The event's place among its tenant's: 1, 2, 3 … without gaps.",
    "event": "The type of the event.",
    "certificate_id": "The certificate that it is about.",
    "sequence": "The event's place among its certificate's: 1, 2, 3 …",
    "state": "How the delivery stands.",
    "attempts": "How often it was tried.",
    "next_attempt_at": "When it is tried next.",
    "settled_at": "When it was received, or given up.",
    "error": "Why it failed.",
    "tries": "Every try, the first one first.",
    "number": "Which try it was, counted from 1.",
    "attempted_at": "When it was tried.",
    "duration_ms": "How long it took, in milliseconds.",
    "status": "The status of the receiver's answer.",
}
