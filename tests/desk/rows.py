"""Rows of an organisation, as its coordinator finds them at the desk."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Model
from django.utils import timezone

from certifications.models import Organisation
from cron.models import CoordinatorDigest, Reminder
from tests.factories import (
    CertificationFactory,
    CoordinatorFactory,
    EarnedBadgeFactory,
    ExpiryCheckRunFactory,
    MentorFactory,
    RenewalFactory,
)


def rows_of(organisation: Organisation, name: str) -> list[Model]:
    """One row of everything that an organisation has, with `name` in it."""
    now = timezone.now()
    mentor = MentorFactory.create(
        id=f"m-{name}", name=f"{name} Mentor", email=f"{name}@x.org", organisation=organisation
    )
    certification = CertificationFactory.create(
        mentor=mentor, expires_at=now + timedelta(days=10), issued_at=now - timedelta(days=300)
    )
    coordinator = CoordinatorFactory.create(organisation=organisation, name=f"{name} Coordinator")
    run = ExpiryCheckRunFactory.create()
    reminder = Reminder.objects.create(
        certification=certification,
        expires_at=certification.expires_at,
        stage=14,
        run=run,
        state="failed",
        recipient=mentor.email,
        error=f"{name} refused",
        settled_at=now,
        next_attempt_at=now,
    )
    digest = CoordinatorDigest.objects.create(
        coordinator=coordinator, covers_from=now, covers_until=now, run=run, next_attempt_at=now
    )
    return [
        mentor,
        certification,
        RenewalFactory.create(certification=certification),
        reminder,
        digest,
        EarnedBadgeFactory.create(mentor=mentor),
        organisation,
    ]
