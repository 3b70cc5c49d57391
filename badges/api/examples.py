"""The examples of contract 5, as its owner published them, for the OpenAPI document."""

from __future__ import annotations

EARNED = {
    "id": "earned-001",
    "badge_definition_id": "bdg-def-001",
    "peer_mentor_id": "pm-kari-001",
    "awarded_at": "2026-01-22T14:35:00Z",
    "awarded_by": "system",
    "revoked_at": None,
}
EARNED_LIST = {"data": [EARNED], "pagination": {"page": 1, "limit": 20, "total": 1}}
BY_ORGANISATION = {
    "data": [
        {key: value for key, value in EARNED.items() if key != "awarded_by"},
        {
            "id": "earned-003",
            "badge_definition_id": "bdg-def-001",
            "peer_mentor_id": "pm-lars-002",
            "awarded_at": "2026-01-28T09:10:00Z",
            "revoked_at": None,
        },
    ],
    "pagination": {"page": 1, "limit": 50, "total": 89},
}
AWARD_REQUEST = {
    "badge_definition_id": "bdg-def-004",
    "peer_mentor_id": "pm-kari-001",
    "awarded_at": "2026-03-26T16:00:12Z",
    "awarded_by": "system",
}
AWARDED = {"id": "earned-017", **AWARD_REQUEST, "revoked_at": None}
EXISTS = {"exists": True, "earned_badge_id": "earned-001"}
REVOKE_REQUEST = {"reason": "Awarded by mistake."}
REVOKED = {
    **EARNED,
    "revoked_at": "2026-03-26T10:00:00Z",
    "revoked_by": "badge-service",
    "reason": "Awarded by mistake.",
}
CREDENTIAL = {"id": "earned-001", "credential": "eyJhbGciOiJSUzI1NiIs…"}

DEFINITION_REQUEST = {
    "name": "First year",
    "description": "A year of conversations as a peer mentor.",
    "criteria": "Mentor for twelve months and take part in the yearly gathering.",
    "tags": ["peer-mentor"],
    "active": True,
}
DEFINITION = {
    "id": "bdg-def-001",
    **DEFINITION_REQUEST,
    "image": "https://certkeep.example.org/badges/achievements/bdg-def-001/image",
    "created_at": "2026-01-10T09:00:00Z",
    "updated_at": "2026-01-10T09:00:00Z",
}
DEFINITION_LIST = {"data": [DEFINITION], "pagination": {"page": 1, "limit": 20, "total": 1}}
DEFINITION_DELETED = {"deleted": True, "id": "bdg-def-001"}
