"""Addresses of tenants' contacts: once one is nobody's any more, nothing tells where mails went."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.signals import post_delete, pre_save
from django.dispatch import receiver

from certificates.models import CertificateReminder, TenantContact
from config.personal_data import Person, leave_out


@transaction.atomic
def forget_address(*, tenant_id: UUID, address: str) -> None:
    """Leave the address out of what is kept of mails about the tenant's certificates."""
    sent = CertificateReminder.objects.filter(certificate__tenant=tenant_id)
    leave_out(sent, "recipient", "error")(Person(key="", addresses=frozenset({address})))


@receiver(post_delete, sender=TenantContact)
def _deleted(instance: TenantContact, **_: Any) -> None:
    forget_address(tenant_id=instance.tenant_id, address=instance.email)


@receiver(pre_save, sender=TenantContact)
def _changed(instance: TenantContact, raw: bool = False, **_: Any) -> None:
    before = None if raw else TenantContact.objects.filter(pk=instance.pk).first()
    if before is not None and before.email.lower() != instance.email.lower():
        forget_address(tenant_id=before.tenant_id, address=before.email)
