"""What is sent to webhook endpoints, for the OpenAPI document (`webhooks`)."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiWebhook

from certificates.api import examples

_HEADERS = {
    "webhook-id": "The same on every try, to tell repetitions by.",
    "webhook-timestamp": "Seconds since 1970 (UTC) of this try.",
    "webhook-signature": "`v1,` and the HMAC-SHA256, one for each valid secret, by space.",
    "X-Event": "The type of the event.",
    "X-Sequence": "The event's number within its certificate: 1, 2, 3 …",
}


_CERTIFICATE = {"$ref": "#/components/schemas/CertificateBody"}
_ACTION = {"$ref": "#/components/schemas/ActionBody"}
_UPDATE = {
    "type": "object",
    "description": "What an update really changed; null where a value was or is unset.",
    "required": ["entity_id", "updated_fields"],
    "properties": {
        "entity_id": {"type": "string", "format": "uuid", "description": "The id of what changed."},
        "updated_fields": {
            "type": "object",
            "description": "Each field that changed, by its name.",
            "additionalProperties": {
                "type": "object",
                "required": ["old", "new"],
                "properties": {
                    "old": {"description": "What it was."},
                    "new": {"description": "What it is."},
                },
            },
        },
    },
}


def _webhook(name: str, summary: str, schema: dict[str, Any], example: Any) -> OpenApiWebhook:
    """One event: its body, the headers of Standard Webhooks, and what counts as received.

    Written out as OpenAPI has it: drf-spectacular's own form knows neither headers nor examples.
    """
    content = {"schema": schema, "examples": {"Sent": {"value": example}}}
    operation = {
        "operationId": f"on_{name.lower().replace('::', '_')}",
        "summary": summary,
        "description": "Sent as Standard Webhooks has it; its signature says that it is ours.",
        "security": [],
        "tags": ["webhooks"],
        "parameters": [
            {"in": "header", "name": header, "description": meaning, "schema": {"type": "string"}}
            for header, meaning in _HEADERS.items()
        ],
        "requestBody": {"required": True, "content": {"application/json": content}},
        "responses": {
            "2XX": {"description": "Received. Anything else is tried again."},
            "410": {"description": "Gone for good: the endpoint is disabled."},
        },
    }
    return OpenApiWebhook(name=name, decorator={"post": operation})


WEBHOOKS = [
    _webhook(
        "CERTIFICATE::CREATE",
        "A certificate was created",
        _CERTIFICATE,
        examples.EVENT_CERTIFICATE,
    ),
    _webhook("CERTIFICATE::UPDATE", "A certificate was updated", _UPDATE, examples.EVENT_UPDATE),
    _webhook(
        "CERTIFICATE::DELETE",
        "A certificate was deleted",
        _CERTIFICATE,
        examples.EVENT_CERTIFICATE,
    ),
    _webhook(
        "CERTIFICATE_ACTION::CREATE",
        "An action was connected with a certificate",
        _ACTION,
        examples.ACTION,
    ),
    _webhook(
        "CERTIFICATE_ACTION::UPDATE",
        "An action of a certificate was updated",
        _UPDATE,
        examples.EVENT_ACTION_UPDATE,
    ),
    _webhook(
        "CERTIFICATE_ACTION::DELETE",
        "An action of a certificate was deleted",
        _ACTION,
        examples.ACTION,
    ),
]
