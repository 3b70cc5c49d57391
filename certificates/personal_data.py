"""What certificates hold of a person: they are their tenants', and name resources by UUID.

A resource may be a mentor. The certificate is the tenant's proof then, which the tenant deletes;
the address that mails about it went to is the mentor's.
"""

from __future__ import annotations

from uuid import UUID

from certificates.models import (
    Attachment,
    Certificate,
    CertificateAction,
    CertificateReminder,
    SentCertificateReminder,
    Tenant,
    TenantContact,
    TenantMember,
    UnreferencedFile,
)
from config.personal_data import LEFT_OUT, Person, erased, kept, leave_out, nobody

PROOF = "The tenant's proof, which the tenant deletes: it knows persons as resources, by UUID."


def register() -> None:
    """Say it of each table of certificates."""
    kept(Certificate, CertificateAction, Attachment, why=PROOF)
    erased(
        CertificateReminder,
        what="addresses that mails about the person went to, and what servers said",
        erase=_erase_recipients,
    )
    erased(
        SentCertificateReminder,
        what="which reminders of deleted certificates about the person went out",
        erase=lambda person: SentCertificateReminder.objects.filter(
            resource_id__in=_as_resource(person)
        ).delete(),
    )
    nobody(Tenant, TenantMember, TenantContact, why="Tenants and whom they name, deleted as such.")
    nobody(UnreferencedFile, why="Names of files that the storage gave.")


def _erase_recipients(person: Person) -> None:
    """Of mails about the person nothing tells where they went: an old address may be unknown."""
    about = CertificateReminder.objects.filter(certificate__resource_id__in=_as_resource(person))
    about.exclude(error="").update(error=LEFT_OUT)
    about.update(recipient="")
    everywhere = leave_out(CertificateReminder.objects.all(), "recipient", "error")
    everywhere(person.by_addresses())


def _as_resource(person: Person) -> list[UUID]:
    """The UUID by which certificates know the person: the person's key, if it is one."""
    try:
        return [UUID(person.key)]
    except ValueError:
        return []
