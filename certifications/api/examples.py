"""The examples of contracts 1 and 2, as their owner published them, for the OpenAPI document."""

from __future__ import annotations

RENEWALS = [
    {"renewed_at": "2025-09-01T00:00:00Z", "expires_at": "2026-03-01T00:00:00Z"},
    {"renewed_at": "2026-03-01T00:00:00Z", "expires_at": "2027-03-01T00:00:00Z"},
]
RECORD = {
    "mentor_id": "mentor-42",
    "cert_type": "peer_mentor_level_2",
    "status": "active",
    "issued_at": "2026-03-01T00:00:00Z",
    "expires_at": "2027-03-01T00:00:00Z",
    "renewal_history": RENEWALS,
    "updated_at": "2026-03-01T08:14:00Z",
}
RECORD_LIST = {
    "data": [{**RECORD, "renewal_history": RENEWALS[1:]}],
    "pagination": {"page": 1, "limit": 20, "total": 124},
}
RECORD_UPSERT_REQUEST = {
    "mentor_id": "mentor-42",
    "cert_type": "peer_mentor_level_2",
    "status": "active",
    "issued_at": "2026-03-01T00:00:00Z",
    "expires_at": "2027-03-01T00:00:00Z",
}
RECORD_UPSERT = {
    **RECORD_UPSERT_REQUEST,
    "renewal_history": [],
    "upserted": True,
    "updated_at": "2026-03-26T10:00:00Z",
}
RECORD_UPDATE_REQUEST = {
    "cert_type": "peer_mentor_level_2",
    "status": "expired",
    "expires_at": "2026-03-25T00:00:00Z",
}
RECORD_UPDATE = {
    "mentor_id": "mentor-42",
    **RECORD_UPDATE_REQUEST,
    "updated_at": "2026-03-26T10:00:00Z",
}
RECORD_DELETED = {"deleted": True, "mentor_id": "mentor-42"}
RENEWAL_REQUEST = {"renewed_at": "2026-03-26T00:00:00Z", "expires_at": "2027-03-26T00:00:00Z"}
RENEWAL = {
    "mentor_id": "mentor-42",
    "renewal_appended": True,
    "renewal_entry": RENEWAL_REQUEST,
    "total_renewals": 3,
    "updated_at": "2026-03-26T10:00:00Z",
}
EXPIRING = {
    "data": [
        {
            "mentor_id": "mentor-19",
            "cert_type": "peer_mentor_level_1",
            "status": "active",
            "issued_at": "2025-04-10T00:00:00Z",
            "expires_at": "2026-04-10T00:00:00Z",
            "days_until_expiry": 15,
        }
    ],
    "pagination": {"page": 1, "limit": 20, "total": 3},
}

CERTIFICATION = {
    "mentor_id": "mentor_sarah_chen",
    "certification_type": "first_aid_level_2",
    "expiry_date": "2026-04-15T00:00:00Z",
    "days_until_expiry": 20,
    "status": "expiring_soon",
    "created_at": "2025-04-15T09:00:00Z",
    "updated_at": "2026-03-01T10:00:00Z",
}
CERTIFICATION_LIST = {
    "data": [
        CERTIFICATION,
        {
            "mentor_id": "mentor_james_okafor",
            "certification_type": "cpr_defibrillator",
            "expiry_date": "2026-04-01T00:00:00Z",
            "days_until_expiry": 6,
            "status": "expiring_soon",
            "created_at": "2025-04-01T09:00:00Z",
            "updated_at": "2026-03-15T09:30:00Z",
        },
    ],
    "pagination": {"page": 1, "limit": 20, "total": 2},
}
CERTIFICATION_CREATE_REQUEST = {
    "mentor_id": "mentor_priya_sharma",
    "certification_type": "safeguarding_children",
    "expiry_date": "2026-09-30T00:00:00Z",
}
CERTIFICATION_CREATED = {
    **CERTIFICATION_CREATE_REQUEST,
    "days_until_expiry": 188,
    "status": "active",
    "created_at": "2026-03-26T11:00:00Z",
    "updated_at": "2026-03-26T11:00:00Z",
}
CERTIFICATION_UPDATE_REQUEST = {
    "certification_type": "first_aid_level_2",
    "expiry_date": "2027-04-15T00:00:00Z",
}
CERTIFICATION_UPDATED = {
    "mentor_id": "mentor_sarah_chen",
    **CERTIFICATION_UPDATE_REQUEST,
    "days_until_expiry": 385,
    "status": "active",
    "created_at": "2025-04-15T09:00:00Z",
    "updated_at": "2026-03-26T11:15:00Z",
}
CERTIFICATION_DELETED = {"deleted": True, "mentor_id": "mentor_sarah_chen"}

MENTOR = {
    "mentor_id": "mentor-42",
    "name": "Kari Nordmann",
    "email": "kari.nordmann@example.org",
    "language": "nb",
    "organisation_id": "likeperson-oslo",
    "organisation_name": "Likeperson Oslo",
    "public_badges": True,
    "created_at": "2026-03-01T08:14:00Z",
    "updated_at": "2026-03-26T10:00:00Z",
}
MENTOR_LIST = {"data": [MENTOR], "pagination": {"page": 1, "limit": 20, "total": 1}}
MENTOR_PUT_REQUEST = {
    "name": "Kari Nordmann",
    "email": "kari.nordmann@example.org",
    "language": "nb",
    "organisation_id": "likeperson-oslo",
    "public_badges": True,
}
MENTOR_DELETED = {"deleted": True, "mentor_id": "mentor-42"}
