"""Every example of contract certifications, as its owner published it."""

from __future__ import annotations

from datetime import datetime

import pytest
import time_machine
from rest_framework.test import APIClient

from certifications.models import Certification
from tests.contract.compare import assert_same
from tests.factories import CertificationFactory, CertificationTypeFactory, MentorFactory

pytestmark = pytest.mark.django_db

PATH = "/api/v1/certifications"
SARAH = {
    "mentor_id": "mentor_sarah_chen",
    "certification_type": "first_aid_level_2",
    "expiry_date": "2026-04-15T00:00:00Z",
    "days_until_expiry": 20,
    "status": "expiring_soon",
    "created_at": "2025-04-15T09:00:00Z",
    "updated_at": "2026-03-01T10:00:00Z",
}
JAMES = {
    "mentor_id": "mentor_james_okafor",
    "certification_type": "cpr_defibrillator",
    "expiry_date": "2026-04-01T00:00:00Z",
    "days_until_expiry": 6,
    "status": "expiring_soon",
    "created_at": "2025-04-01T09:00:00Z",
    "updated_at": "2026-03-15T09:30:00Z",
}


def recorded(example: dict[str, object]) -> Certification:
    """The row that an example shows."""
    return CertificationFactory.create(
        mentor=MentorFactory.create(id=example["mentor_id"]),
        certification_type=CertificationTypeFactory.create(code=example["certification_type"]),
        expires_at=datetime.fromisoformat(str(example["expiry_date"])),
        created_at=datetime.fromisoformat(str(example["created_at"])),
        updated_at=datetime.fromisoformat(str(example["updated_at"])),
    )


@time_machine.travel("2026-03-26T11:00:00Z", tick=False)
def test_list_certifications(api: APIClient) -> None:
    recorded(SARAH)
    recorded(JAMES)

    response = api.get(PATH, {"ordering": "-expiry_date", "within_days": "30"})

    assert response.status_code == 200
    assert_same(
        response.json(),
        {"data": [SARAH, JAMES], "pagination": {"page": 1, "limit": 20, "total": 2}},
    )


@time_machine.travel("2026-03-26T11:00:00Z", tick=False)
def test_get_a_certification(api: APIClient) -> None:
    recorded(SARAH)

    response = api.get(f"{PATH}/mentor_sarah_chen")

    assert response.status_code == 200
    assert_same(response.json(), SARAH)


@time_machine.travel("2026-03-26T11:00:00Z", tick=False)
def test_create_a_certification(api: APIClient) -> None:
    request = {
        "mentor_id": "mentor_priya_sharma",
        "certification_type": "safeguarding_children",
        "expiry_date": "2026-09-30T00:00:00Z",
    }

    response = api.post(PATH, request)

    assert response.status_code == 201
    assert_same(
        response.json(),
        {
            "mentor_id": "mentor_priya_sharma",
            "certification_type": "safeguarding_children",
            "expiry_date": "2026-09-30T00:00:00Z",
            "days_until_expiry": 188,
            "status": "active",
            "created_at": "2026-03-26T11:00:00Z",
            "updated_at": "2026-03-26T11:00:00Z",
        },
    )


@time_machine.travel("2026-03-26T11:15:00Z", tick=False)
def test_update_a_certification(api: APIClient) -> None:
    recorded(SARAH)
    request = {"certification_type": "first_aid_level_2", "expiry_date": "2027-04-15T00:00:00Z"}

    response = api.put(f"{PATH}/mentor_sarah_chen", request)

    assert response.status_code == 200
    assert_same(
        response.json(),
        {
            "mentor_id": "mentor_sarah_chen",
            "certification_type": "first_aid_level_2",
            "expiry_date": "2027-04-15T00:00:00Z",
            "days_until_expiry": 385,
            "status": "active",
            "created_at": "2025-04-15T09:00:00Z",
            "updated_at": "2026-03-26T11:15:00Z",
        },
    )


def test_delete_a_certification(api: APIClient) -> None:
    recorded(SARAH)

    response = api.delete(f"{PATH}/mentor_sarah_chen")

    assert response.status_code == 200
    assert_same(response.json(), {"deleted": True, "mentor_id": "mentor_sarah_chen"})
