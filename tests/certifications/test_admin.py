"""The admin of mentors and certifications: what was reminded of can be deleted all the same."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from certifications.models import Certification, Mentor, Organisation
from cron.models import CoordinatorDigest, Reminder
from tests.factories import (
    CertificationFactory,
    CoordinatorFactory,
    ExpiryCheckRunFactory,
)

ADMIN = "/admin/certifications"
pytestmark = pytest.mark.django_db


@pytest.fixture
def certification() -> Certification:
    """One that was reminded of."""
    certification = CertificationFactory.create()
    Reminder.objects.create(
        certification=certification,
        expires_at=certification.expires_at,
        stage=7,
        run=ExpiryCheckRunFactory.create(),
        next_attempt_at=timezone.now(),
    )
    return certification


def test_a_certification_is_deleted_with_its_reminders(
    desk: Client, certification: Certification
) -> None:
    url = f"{ADMIN}/certification/{certification.pk}/delete/"

    page = desk.get(url).content.decode()
    desk.post(url, {"post": "yes"})

    assert "Are you sure" in page
    assert not Certification.objects.exists()
    assert not Reminder.objects.exists()


def test_a_mentor_is_erased_with_everything(desk: Client, certification: Certification) -> None:
    desk.post(f"{ADMIN}/mentor/{certification.mentor_id}/delete/", {"post": "yes"})

    assert not Mentor.objects.exists()
    assert not Reminder.objects.exists()


def test_an_organisation_is_deleted_with_its_coordinators_digests(desk: Client) -> None:
    coordinator = CoordinatorFactory.create()
    now = timezone.now()
    CoordinatorDigest.objects.create(
        coordinator=coordinator,
        covers_from=now,
        covers_until=now,
        run=ExpiryCheckRunFactory.create(),
        next_attempt_at=now,
    )

    desk.post(f"{ADMIN}/organisation/{coordinator.organisation_id}/delete/", {"post": "yes"})

    assert not Organisation.objects.exists()


def test_reminders_by_themselves_are_not_deleted(
    desk: Client, certification: Certification
) -> None:
    reminder = Reminder.objects.get()

    answer = desk.post(f"/admin/cron/reminder/{reminder.pk}/delete/", {"post": "yes"})

    assert answer.status_code == 403
    assert Reminder.objects.exists()
