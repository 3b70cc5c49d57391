"""The examples of contract 4, as its owner published them, for the OpenAPI document."""

from __future__ import annotations

from typing import Any

FILTER = {
    "name": "Certificate of Completion",
    "action_type": "TRAINING",
    "resource_id": "123e4567-e89b-12d3-a456-426655440000",
    "warning": 0,
    "validity_unit": "YEAR",
    "validity": 1,
}
INDEX_REQUEST = {"filter": FILTER, "per-page": 20, "page": 1, "sort": "name"}
CERTIFICATE = {
    "certificate_id": "123e4567-e89b-12d3-a456-426655440000",
    "date_release": "2022-01-01",
    "date_expire": "2023-01-01",
    "name": "Certificate of Completion",
    "note": "This certificate is valid for one year.",
    "action_type": "TRAINING",
    "resource_id": "123e4567-e89b-12d3-a456-426655440000",
    "data": {"additional_info": "This certificate was issued by the training department."},
    "warning": 0,
    "tenant_id": "123e4567-e89b-12d3-a456-426655440000",
    "validity_unit": "YEAR",
    "validity": 1,
}
INDEX = [CERTIFICATE]
CREATE_REQUEST = {
    "date_release": "2023-01-01",
    "name": "Certificate of Safety",
    "action_type": "TRAINING",
    "resource_id": "123e4567-e89b-12d3-a456-426655440000",
    "tenant_id": "123e4567-e89b-12d3-a456-426655440000",
    "validity_unit": "YEAR",
    "validity": 1,
}
CREATED = {"certificate_id": "223e4567-e89b-12d3-a456-426655440000", **CREATE_REQUEST}
UPDATE_REQUEST = {"name": "Updated Certificate", "validity": 2}
#: The contract prints only what was changed; the answer is the whole certificate.
UPDATED_PART = {"certificate_id": "123e4567-e89b-12d3-a456-426655440000", **UPDATE_REQUEST}
UPDATED = {**CERTIFICATE, **UPDATE_REQUEST}
DELETED = {"deleted": True, "certificate_id": "123e4567-e89b-12d3-a456-426655440000"}

#: The webhooks' body: the certificate without note and data.
EVENT_CERTIFICATE = {
    key: value for key, value in CERTIFICATE.items() if key not in ("note", "data")
}
EVENT_UPDATE: dict[str, Any] = {
    "entity_id": "d9a77e06-9b47-4829-b28a-c7561deac771",
    "updated_fields": {
        "name": {"old": "Old Certificate Name", "new": "New Certificate Name"},
        "date_expire": {"old": "2023-01-01", "new": "2024-01-01"},
    },
}

ACTION_CREATE_REQUEST = {
    "certificate_id": CERTIFICATE["certificate_id"],
    "action_id": "5b0e2c3a-6d2f-4c58-9f0b-2f6d3c1a7e11",
    "action_name": "Work at height",
    "action_code": "WAH",
}
ACTION: dict[str, Any] = {
    "certificate_action_id": "7a0c9a52-1f6e-4f43-8f5d-0f2f5d0c9b21",
    **ACTION_CREATE_REQUEST,
    "date_expire": "2023-01-01",
    "is_date_inherited": True,
    "tenant_id": CERTIFICATE["tenant_id"],
}
ACTION_INDEX_REQUEST = {
    "filter": {"certificate_id": CERTIFICATE["certificate_id"]},
    "sort": "action_name",
}
ACTION_INDEX = [ACTION]
ACTION_UPDATE_REQUEST = {"date_expire": "2022-07-01"}
ACTION_UPDATED = {**ACTION, "date_expire": "2022-07-01", "is_date_inherited": False}
ACTION_DELETED = {"deleted": True, "certificate_action_id": ACTION["certificate_action_id"]}
EVENT_ACTION_UPDATE = {
    "entity_id": ACTION["certificate_action_id"],
    "updated_fields": {
        "date_expire": {"old": "2023-01-01", "new": "2022-07-01"},
        "is_date_inherited": {"old": True, "new": False},
    },
}

ATTACHMENT = {
    "attachment_id": "0b7a3b5e-3c55-4b0a-8a5e-6d2a1c9f4e31",
    "certificate_id": CERTIFICATE["certificate_id"],
    "name": "diploma.pdf",
    "type": "application/pdf",
    "size": 48213,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "tenant_id": CERTIFICATE["tenant_id"],
    "created_at": "2026-03-26T10:00:00Z",
}
ATTACHMENT_INDEX_REQUEST = {"filter": {"certificate_id": CERTIFICATE["certificate_id"]}}
ATTACHMENT_INDEX = [ATTACHMENT]
ATTACHMENT_DELETED = {"deleted": True, "attachment_id": ATTACHMENT["attachment_id"]}
