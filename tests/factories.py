"""Rows for tests, sound by default."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import factory
from factory.django import DjangoModelFactory

from badges.models import BadgeDefinition, EarnedBadge
from certificates.models import (
    Attachment,
    Certificate,
    CertificateAction,
    Tenant,
    TenantContact,
)
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


class TenantFactory(DjangoModelFactory[Tenant]):
    class Meta:
        model = Tenant

    name = factory.Sequence(lambda number: f"Tenant {number}")


class TenantContactFactory(DjangoModelFactory[TenantContact]):
    class Meta:
        model = TenantContact

    tenant = factory.SubFactory(TenantFactory)
    email = factory.Sequence(lambda number: f"contact-{number}@example.org")


class CertificateFactory(DjangoModelFactory[Certificate]):
    """A certificate that never expires, made without an event."""

    class Meta:
        model = Certificate

    tenant = factory.SubFactory(TenantFactory)
    date_release = date(2022, 1, 1)
    name = "Certificate of Completion"
    action_type = "TRAINING"
    resource_id = factory.LazyFunction(uuid4)
    is_date_expire_fixed = factory.LazyAttribute(lambda row: row.date_expire is not None)
    date_expire = None


class CertificateActionFactory(DjangoModelFactory[CertificateAction]):
    class Meta:
        model = CertificateAction

    certificate = factory.SubFactory(CertificateFactory)
    tenant = factory.SelfAttribute("certificate.tenant")
    action_id = factory.LazyFunction(uuid4)
    action_name = "Work at height"
    date_expire = factory.SelfAttribute("certificate.date_expire")


class AttachmentFactory(DjangoModelFactory[Attachment]):
    """An attachment whose file the storage does not have."""

    class Meta:
        model = Attachment

    certificate = factory.SubFactory(CertificateFactory)
    tenant = factory.SelfAttribute("certificate.tenant")
    name = "diploma.pdf"
    media_type = "application/pdf"
    size = 9
    sha256 = "0" * 64
    file = factory.Sequence(lambda number: f"nowhere/{number}")


class BadgeDefinitionFactory(DjangoModelFactory[BadgeDefinition]):
    class Meta:
        model = BadgeDefinition

    name = factory.Sequence(lambda number: f"Badge {number}")
    description = "A year of conversations as a peer mentor."
    criteria = "Mentor for twelve months."


class EarnedBadgeFactory(DjangoModelFactory[EarnedBadge]):
    class Meta:
        model = EarnedBadge

    definition = factory.SubFactory(BadgeDefinitionFactory)
    mentor = factory.SubFactory(MentorFactory)
    awarded_at = datetime(2026, 1, 22, 14, 35, tzinfo=UTC)
