"""What the nightly check reminds of certificates."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import CharField, Exists, Func, OuterRef, QuerySet

from certificates.models import Certificate, CertificateReminder, Tenant, TenantContact
from cron.expiring import (
    ExpiringKind,
    NoAddress,
    Policy,
    ReminderMail,
    Superseded,
    policies_by,
    reachable_mentors,
)


class UuidText(Func):
    """A UUID column as the text that other tables know it by: lower case, with hyphens."""

    output_field = CharField()
    template = "CAST(%(expressions)s AS varchar)"

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """SQLite's column has the hexadecimal digits alone."""
        sql, params = compiler.compile(self.source_expressions[0])
        groups = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
        parts = [f"substr({sql}, {start}, {length})" for start, length in groups]
        hyphenated = " || '-' || ".join(parts)
        return f"({hyphenated})", [*params] * len(groups)


class CertificateKind(ExpiringKind[Certificate, CertificateReminder]):
    """Certificates that were not replaced and about which there is somebody to tell.

    That is the mentor whose id is the certificate's `resource_id`, or else the tenant's contacts.
    """

    reminder = CertificateReminder
    related = ("certificate__tenant",)

    def policies(self) -> list[Policy]:
        tenants = Tenant.objects.values_list("pk", "reminder_stages", "expired_notice_days")
        return policies_by("tenant", tenants)

    def reminded(self, now: datetime) -> QuerySet[Certificate]:
        mentor = reachable_mentors().filter(id=UuidText(OuterRef("resource_id")))
        contact = TenantContact.objects.filter(tenant=OuterRef("tenant"))
        return Certificate.objects.filter(
            Exists(contact) | Exists(mentor), is_replaced=False, date_expire__isnull=False
        )

    def mail(self, reminder: CertificateReminder) -> ReminderMail:
        certificate = reminder.certificate
        if certificate.is_replaced:
            raise Superseded
        mentor = reachable_mentors().filter(id=str(certificate.resource_id)).first()
        if mentor is not None:
            recipients, language = [mentor.email], mentor.language
        else:
            contacts = certificate.tenant.contacts.order_by("email")
            recipients = list(contacts.values_list("email", flat=True))
            language = certificate.tenant.language
        if not recipients:
            raise NoAddress("Neither a mentor nor a contact of the tenant has an email address.")
        return ReminderMail(
            template="certificates/mail/reminder",
            context={"certificate": certificate, "mentor": mentor, "tenant": certificate.tenant},
            recipients=recipients,
            language=language,
        )
