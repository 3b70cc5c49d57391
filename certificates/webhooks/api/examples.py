"""Examples of the webhook APIs for the OpenAPI document."""

from __future__ import annotations

from typing import Any

TENANT_ID = "123e4567-e89b-12d3-a456-426655440000"
ENDPOINT_ID = "4c2d9b1e-7a60-4c55-9d2f-0d3b8a1f6e77"
ENDPOINT_CREATE_REQUEST: dict[str, Any] = {
    "tenant_id": TENANT_ID,
    "name": "HR system",
    "url": "https://hr.example.org/certkeep",
    "events": ["CERTIFICATE::CREATE", "CERTIFICATE::UPDATE", "CERTIFICATE::DELETE"],
}
ENDPOINT: dict[str, Any] = {
    "webhook_endpoint_id": ENDPOINT_ID,
    **ENDPOINT_CREATE_REQUEST,
    "headers": {},
    "enabled": True,
    "created_at": "2026-03-26T10:00:00Z",
    "updated_at": "2026-03-26T10:00:00Z",
}
ENDPOINT_INDEX_REQUEST = {"filter": {"enabled": True}}
ENDPOINT_INDEX = [ENDPOINT]
ENDPOINT_CREATED = {**ENDPOINT, "secret": "whsec_…"}
ENDPOINT_UPDATE_REQUEST = {"enabled": False}
ENDPOINT_UPDATED = {**ENDPOINT, "enabled": False}
ENDPOINT_DELETED = {"deleted": True, "webhook_endpoint_id": ENDPOINT_ID}
REDELIVER_REQUEST = {"since": "2026-03-25T00:00:00Z"}
REDELIVERED = {"failed": 3, "missed": 12}

WEBHOOK_ID = "msg_2f1d0a8c5b7e4d3a9c6f1e2b3d4c5a6f"
EVENT: dict[str, Any] = {
    "webhook_id": WEBHOOK_ID,
    "position": 118,
    "event": "CERTIFICATE::UPDATE",
    "certificate_id": "d9a77e06-9b47-4829-b28a-c7561deac771",
    "sequence": 2,
    "created_at": "2026-03-26T10:00:00Z",
    "body": {
        "entity_id": "d9a77e06-9b47-4829-b28a-c7561deac771",
        "updated_fields": {"date_expire": {"old": "2023-01-01", "new": "2024-01-01"}},
    },
}
EVENT_INDEX = [EVENT]
DELIVERY: dict[str, Any] = {
    "webhook_delivery_id": "8e0b7f3a-52c1-4d0e-9a4b-3f6d2c1b0a99",
    "webhook_endpoint_id": ENDPOINT_ID,
    "webhook_id": WEBHOOK_ID,
    "event": "CERTIFICATE::UPDATE",
    "certificate_id": "d9a77e06-9b47-4829-b28a-c7561deac771",
    "sequence": 2,
    "state": "delivered",
    "attempts": 1,
    "settled_at": "2026-03-26T10:00:01Z",
    "created_at": "2026-03-26T10:00:00Z",
}
DELIVERY_INDEX_REQUEST = {"filter": {"webhook_endpoint_id": ENDPOINT_ID, "state": "failed"}}
DELIVERY_INDEX = [DELIVERY]
DELIVERY_DETAILS = {
    **DELIVERY,
    "tries": [
        {
            "number": 1,
            "attempted_at": "2026-03-26T10:00:00Z",
            "duration_ms": 84,
            "status": 204,
            "answer": "",
        }
    ],
}
DELIVERY_AGAIN = {
    **{key: value for key, value in DELIVERY.items() if key != "settled_at"},
    "state": "pending",
    "next_attempt_at": "2026-03-26T11:00:00Z",
}
