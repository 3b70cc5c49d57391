"""Tenants, their certificates, and what is connected to them."""

from certificates.models.action import CertificateAction
from certificates.models.attachment import Attachment, UnreferencedFile
from certificates.models.certificate import (
    ActionType,
    Certificate,
    ResourceType,
    ValidityUnit,
)
from certificates.models.reminder import CertificateReminder, SentCertificateReminder
from certificates.models.tenant import (
    EVERY_TENANT,
    Tenant,
    TenantContact,
    TenantMember,
    TenantQuerySet,
    TenantScope,
)

__all__ = [
    "EVERY_TENANT",
    "ActionType",
    "Attachment",
    "Certificate",
    "CertificateAction",
    "CertificateReminder",
    "ResourceType",
    "SentCertificateReminder",
    "Tenant",
    "TenantContact",
    "TenantMember",
    "TenantQuerySet",
    "TenantScope",
    "UnreferencedFile",
    "ValidityUnit",
]
