"""Rows for tests, sound by default."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import factory
from factory.django import DjangoModelFactory

from certifications.models import (
    Certification,
    CertificationType,
    Coordinator,
    Mentor,
    Organisation,
    Renewal,
)
from cron.models import ExpiryCheckRun, RunStatus, Trigger


class OrganisationFactory(DjangoModelFactory[Organisation]):
    class Meta:
        model = Organisation

    id = factory.Sequence(lambda number: f"organisation-{number}")
    name = factory.Sequence(lambda number: f"Organisation {number}")


class CoordinatorFactory(DjangoModelFactory[Coordinator]):
    class Meta:
        model = Coordinator

    organisation = factory.SubFactory(OrganisationFactory)
    name = "Cora Coordinator"
    email = factory.Sequence(lambda number: f"coordinator-{number}@example.org")


class MentorFactory(DjangoModelFactory[Mentor]):
    class Meta:
        model = Mentor

    id = factory.Sequence(lambda number: f"mentor-{number}")
    name = factory.Sequence(lambda number: f"Mentor {number}")
    email = factory.Sequence(lambda number: f"mentor-{number}@example.org")


class CertificationTypeFactory(DjangoModelFactory[CertificationType]):
    class Meta:
        model = CertificationType
        django_get_or_create = ("code",)

    code = "peer_mentor_level_1"


class CertificationFactory(DjangoModelFactory[Certification]):
    class Meta:
        model = Certification

    mentor = factory.SubFactory(MentorFactory)
    certification_type = factory.SubFactory(CertificationTypeFactory)
    expires_at = datetime(2027, 3, 1, tzinfo=UTC)
    issued_at = factory.LazyAttribute(lambda row: row.expires_at - timedelta(days=365))


class RenewalFactory(DjangoModelFactory[Renewal]):
    class Meta:
        model = Renewal

    certification = factory.SubFactory(CertificationFactory)
    renewed_at = datetime(2026, 3, 1, tzinfo=UTC)
    expires_at = datetime(2027, 3, 1, tzinfo=UTC)


class ExpiryCheckRunFactory(DjangoModelFactory[ExpiryCheckRun]):
    """A run that went well, at two in the night."""

    class Meta:
        model = ExpiryCheckRun

    trigger = Trigger.SCHEDULE
    status = RunStatus.SUCCESS
    started_at = datetime(2026, 3, 25, 2, tzinfo=UTC)
    claimed_at = planned_at = factory.SelfAttribute("started_at")
    heartbeat_at = factory.SelfAttribute("started_at")
    completed_at = factory.LazyAttribute(lambda row: row.started_at + timedelta(seconds=72))
    mentors_checked = 124
    reminders_sent = 3
    errors = 0
