from __future__ import annotations

from datetime import UTC, datetime

import pytest
from rest_framework.test import APIClient

from certifications.models import Certification, CertificationStatus, Renewal
from tests.factories import CertificationFactory, MentorFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_at_example_time")]

PATH = "/api/v1/certification-records/m/renewals"


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
def certification() -> Certification:
    """Held by mentor m, issued 2025-03-01, until 2026-03-01."""
    return CertificationFactory.create(
        mentor=MentorFactory.create(id="m"),
        issued_at=day("2025-03-01"),
        expires_at=day("2026-03-01"),
        status=CertificationStatus.EXPIRED,
    )


def test_the_latest_renewal_sets_the_dates_and_makes_it_active(
    api: APIClient, certification: Certification
) -> None:
    response = api.post(PATH, {"renewed_at": "2026-03-20", "expires_at": "2027-03-20"})

    assert response.status_code == 201
    certification.refresh_from_db()
    assert certification.issued_at == day("2026-03-20")
    assert certification.expires_at == day("2027-03-20")
    assert certification.status == "active"


def test_an_entry_from_between_changes_the_history_alone(
    api: APIClient, certification: Certification
) -> None:
    api.post(PATH, {"renewed_at": "2026-03-20", "expires_at": "2027-03-20"})

    response = api.post(PATH, {"renewed_at": "2025-09-01", "expires_at": "2026-09-01"})

    assert response.json()["total_renewals"] == 2
    certification.refresh_from_db()
    assert certification.expires_at == day("2027-03-20")
    history = api.get("/api/v1/certification-records/m").json()["renewal_history"]
    assert [entry["renewed_at"][:10] for entry in history] == ["2025-09-01", "2026-03-20"]


def test_a_late_addition_to_the_past_does_not_shorten_what_is_valid(
    api: APIClient, certification: Certification
) -> None:
    response = api.post(PATH, {"renewed_at": "2024-03-01", "expires_at": "2025-03-01"})

    assert response.status_code == 201
    certification.refresh_from_db()
    assert certification.expires_at == day("2026-03-01")
    assert certification.status == "expired"


def test_a_renewal_from_before_the_issue_that_lasts_longer_counts(
    api: APIClient, certification: Certification
) -> None:
    api.post(PATH, {"renewed_at": "2025-02-01", "expires_at": "2028-02-01"})

    certification.refresh_from_db()
    assert certification.expires_at == day("2028-02-01")


def test_the_same_entry_again_changes_nothing(api: APIClient, certification: Certification) -> None:
    body = {"renewed_at": "2026-03-20", "expires_at": "2027-03-20"}
    api.post(PATH, body)
    before = Certification.objects.values().get()

    response = api.post(PATH, body)

    assert response.status_code == 200
    assert response.json()["renewal_appended"] is False
    assert response.json()["total_renewals"] == 1
    assert Certification.objects.values().get() == before


def test_the_same_moment_with_another_end_is_a_conflict(
    api: APIClient, certification: Certification
) -> None:
    api.post(PATH, {"renewed_at": "2026-03-20", "expires_at": "2027-03-20"})

    response = api.post(PATH, {"renewed_at": "2026-03-20", "expires_at": "2028-03-20"})

    assert response.status_code == 409
    assert Renewal.objects.get().expires_at == day("2027-03-20")


def test_a_revoked_certification_is_not_renewed(
    api: APIClient, certification: Certification
) -> None:
    Certification.objects.update(status=CertificationStatus.REVOKED)

    response = api.post(PATH, {"renewed_at": "2026-03-20", "expires_at": "2027-03-20"})

    assert response.status_code == 409
    assert response.json()["type"] == "/problems/certification-revoked"
    assert not Renewal.objects.exists()


def test_a_suspended_one_is_active_again_after_renewal(
    api: APIClient, certification: Certification
) -> None:
    Certification.objects.update(status=CertificationStatus.SUSPENDED)

    api.post(PATH, {"renewed_at": "2026-03-20", "expires_at": "2027-03-20"})

    certification.refresh_from_db()
    assert certification.status == "active"


@pytest.mark.parametrize("expires_at", ["2026-03-20", "2026-03-19"])
def test_a_renewal_has_to_end_later_than_it_begins(
    api: APIClient, certification: Certification, expires_at: str
) -> None:
    response = api.post(PATH, {"renewed_at": "2026-03-20", "expires_at": expires_at})

    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == "#/expires_at"
    assert not Renewal.objects.exists()


def test_nobody_renews_what_is_not_held(api: APIClient) -> None:
    response = api.post(PATH, {"renewed_at": "2026-03-20", "expires_at": "2027-03-20"})

    assert response.status_code == 404


def test_a_later_date_through_contract_2_is_a_renewal_as_of_now(
    api: APIClient, certification: Certification
) -> None:
    kind = certification.certification_type_id

    api.put("/api/v1/certifications/m", {"certification_type": kind, "expiry_date": "2027-03-01"})

    renewal = Renewal.objects.get()
    assert renewal.renewed_at == datetime(2026, 3, 26, 10, tzinfo=UTC)
    assert renewal.expires_at == day("2027-03-01")
    certification.refresh_from_db()
    assert (certification.status, certification.issued_at) == ("active", renewal.renewed_at)


def test_an_earlier_date_through_contract_2_is_a_correction(
    api: APIClient, certification: Certification
) -> None:
    kind = certification.certification_type_id

    api.put("/api/v1/certifications/m", {"certification_type": kind, "expiry_date": "2026-02-01"})

    certification.refresh_from_db()
    assert certification.expires_at == day("2026-02-01")
    assert not Renewal.objects.exists()


def test_a_renewal_through_contract_2_has_to_reach_into_the_future(
    api: APIClient, certification: Certification
) -> None:
    kind = certification.certification_type_id

    response = api.put(
        "/api/v1/certifications/m", {"certification_type": kind, "expiry_date": "2026-03-20"}
    )

    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == "#/expiry_date"
    certification.refresh_from_db()
    assert certification.expires_at == day("2026-03-01")
