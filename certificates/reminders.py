"""What the nightly check reminds of certificates."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext_noop

from certificates.models import Certificate, CertificateReminder, SentCertificateReminder, Tenant
from cron.expiring import (
    ExpiringKind,
    NoAddress,
    Policy,
    ReminderMail,
    Superseded,
    policies_by,
    reachable_mentors,
)


class CertificateKind(ExpiringKind[Certificate, CertificateReminder]):
    """Certificates that were not replaced.

    Told is the mentor whose id is the certificate's `resource_id`, or else the tenant's contacts.
    Where there is neither, the reminder fails: that somebody has to be named is seen then.
    """

    reminder = CertificateReminder
    past = SentCertificateReminder
    related = ("certificate__tenant",)

    def policy_of(self, thing: Certificate) -> Policy:
        tenant = thing.tenant
        return Policy(tuple(sorted(tenant.reminder_stages)), tenant.expired_notice_days)

    def policies(self) -> list[Policy]:
        tenants = Tenant.objects.values_list("pk", "reminder_stages", "expired_notice_days")
        return policies_by("tenant", tenants)

    def reminded(self, now: datetime) -> QuerySet[Certificate]:
        return Certificate.objects.filter(is_replaced=False, date_expire__isnull=False)

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
            raise NoAddress(
                gettext_noop("Neither a mentor nor a contact of the tenant has an email address.")
            )
        return ReminderMail(
            template="certificates/mail/reminder",
            context={"certificate": certificate, "mentor": mentor, "tenant": certificate.tenant},
            recipients=recipients,
            language=language,
        )
