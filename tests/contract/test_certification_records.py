"""Every example of contract certification-records, as its owner published it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import time_machine
from rest_framework.test import APIClient

from certifications.models import Certification
from tests.contract.compare import assert_same
from tests.factories import (
    CertificationFactory,
    CertificationTypeFactory,
    MentorFactory,
    RenewalFactory,
)

pytestmark = pytest.mark.django_db

PATH = "/api/v1/certification-records"


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.fixture
def record() -> Certification:
    """The record of mentor-42 that most examples are about."""
    return CertificationFactory.create(
        mentor=MentorFactory.create(id="mentor-42"),
        certification_type=CertificationTypeFactory.create(code="peer_mentor_level_2"),
        issued_at=datetime(2026, 3, 1, tzinfo=UTC),
        expires_at=datetime(2027, 3, 1, tzinfo=UTC),
        updated_at=datetime(2026, 3, 1, 8, 14, tzinfo=UTC),
    )


def renewed(record: Certification, renewed_at: str, expires_at: str) -> None:
    RenewalFactory.create(
        certification=record, renewed_at=moment(renewed_at), expires_at=moment(expires_at)
    )


def test_list_records(api: APIClient, record: Certification) -> None:
    renewed(record, "2026-03-01T00:00:00Z", "2027-03-01T00:00:00Z")

    response = api.get(PATH)

    assert response.status_code == 200
    assert_same(
        response.json(),
        {
            "data": [
                {
                    "mentor_id": "mentor-42",
                    "cert_type": "peer_mentor_level_2",
                    "status": "active",
                    "issued_at": "2026-03-01T00:00:00Z",
                    "expires_at": "2027-03-01T00:00:00Z",
                    "renewal_history": [
                        {
                            "renewed_at": "2026-03-01T00:00:00Z",
                            "expires_at": "2027-03-01T00:00:00Z",
                        }
                    ],
                    "updated_at": "2026-03-01T08:14:00Z",
                }
            ],
            "pagination": {"page": 1, "limit": 20, "total": 1},
        },
    )


def test_get_a_record(api: APIClient, record: Certification) -> None:
    renewed(record, "2026-03-01T00:00:00Z", "2027-03-01T00:00:00Z")
    renewed(record, "2025-09-01T00:00:00Z", "2026-03-01T00:00:00Z")

    response = api.get(f"{PATH}/mentor-42")

    assert response.status_code == 200
    assert_same(
        response.json(),
        {
            "mentor_id": "mentor-42",
            "cert_type": "peer_mentor_level_2",
            "status": "active",
            "issued_at": "2026-03-01T00:00:00Z",
            "expires_at": "2027-03-01T00:00:00Z",
            "renewal_history": [
                {"renewed_at": "2025-09-01T00:00:00Z", "expires_at": "2026-03-01T00:00:00Z"},
                {"renewed_at": "2026-03-01T00:00:00Z", "expires_at": "2027-03-01T00:00:00Z"},
            ],
            "updated_at": "2026-03-01T08:14:00Z",
        },
    )


@time_machine.travel("2026-03-26T10:00:00Z", tick=False)
def test_create_a_record(api: APIClient) -> None:
    request = {
        "mentor_id": "mentor-42",
        "cert_type": "peer_mentor_level_2",
        "status": "active",
        "issued_at": "2026-03-01T00:00:00Z",
        "expires_at": "2027-03-01T00:00:00Z",
    }

    response = api.post(PATH, request)

    assert response.status_code == 201
    assert_same(
        response.json(),
        {
            "mentor_id": "mentor-42",
            "cert_type": "peer_mentor_level_2",
            "status": "active",
            "issued_at": "2026-03-01T00:00:00Z",
            "expires_at": "2027-03-01T00:00:00Z",
            "renewal_history": [],
            "upserted": True,
            "updated_at": "2026-03-26T10:00:00Z",
        },
    )


@time_machine.travel("2026-03-26T10:00:00Z", tick=False)
def test_update_a_record(api: APIClient, record: Certification) -> None:
    request = {
        "cert_type": "peer_mentor_level_2",
        "status": "expired",
        "expires_at": "2026-03-25T00:00:00Z",
    }

    response = api.put(f"{PATH}/mentor-42", request)

    assert response.status_code == 200
    assert_same(
        response.json(),
        {
            "mentor_id": "mentor-42",
            "cert_type": "peer_mentor_level_2",
            "status": "expired",
            "expires_at": "2026-03-25T00:00:00Z",
            "updated_at": "2026-03-26T10:00:00Z",
        },
    )


def test_delete_a_record(api: APIClient, record: Certification) -> None:
    response = api.delete(f"{PATH}/mentor-42")

    assert response.status_code == 200
    assert_same(response.json(), {"deleted": True, "mentor_id": "mentor-42"})
    assert api.get(f"{PATH}/mentor-42").status_code == 404


@time_machine.travel("2026-03-26T10:00:00Z", tick=False)
def test_append_a_renewal(api: APIClient, record: Certification) -> None:
    renewed(record, "2025-09-01T00:00:00Z", "2026-03-01T00:00:00Z")
    renewed(record, "2026-03-01T00:00:00Z", "2027-03-01T00:00:00Z")
    request = {"renewed_at": "2026-03-26T00:00:00Z", "expires_at": "2027-03-26T00:00:00Z"}

    response = api.post(f"{PATH}/mentor-42/renewals", request)

    assert response.status_code == 201
    assert_same(
        response.json(),
        {
            "mentor_id": "mentor-42",
            "renewal_appended": True,
            "renewal_entry": {
                "renewed_at": "2026-03-26T00:00:00Z",
                "expires_at": "2027-03-26T00:00:00Z",
            },
            "total_renewals": 3,
            "updated_at": "2026-03-26T10:00:00Z",
        },
    )


@time_machine.travel("2026-03-26T10:00:00Z", tick=False)
def test_list_expiring_records(api: APIClient, record: Certification) -> None:
    CertificationFactory.create(
        mentor=MentorFactory.create(id="mentor-19"),
        certification_type=CertificationTypeFactory.create(code="peer_mentor_level_1"),
        issued_at=moment("2025-04-10T00:00:00Z"),
        expires_at=moment("2026-04-10T00:00:00Z"),
    )

    response = api.get(f"{PATH}/expiring")

    assert response.status_code == 200
    assert_same(
        response.json(),
        {
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
            "pagination": {"page": 1, "limit": 20, "total": 1},
        },
    )
