"""Reminders of certificates, sent by the nightly check."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from certificates.models.certificate import Certificate
from cron.expiring import ExpiryReminder, PastReminder


class CertificateReminder(ExpiryReminder):
    """The mail about a certificate, to the person certified or the tenant's contacts."""

    subject = "certificate"
    expiry = "date_expire"

    certificate = models.ForeignKey(
        Certificate,
        verbose_name=_("certificate"),
        on_delete=models.CASCADE,
        related_name="reminders",
        db_index=False,  # the unique constraint begins with it
    )
    date_expire = models.DateField(_("date expire"))

    class Meta(ExpiryReminder.Meta):
        verbose_name = _("certificate reminder")
        verbose_name_plural = _("certificate reminders")
        constraints = [
            models.UniqueConstraint(
                fields=["certificate", "date_expire", "stage"],
                name="certificate_reminder_once_per_stage",
            ),
            *ExpiryReminder.Meta.constraints,
        ]


class SentCertificateReminder(PastReminder):
    """A stage of which somebody has been told, though the certificate was deleted.

    Another certificate that attests the same until the same day is the same, entered again.
    """

    identity = ("tenant_id", "resource_id", "action_type", "name")

    tenant_id = models.UUIDField()
    resource_id = models.UUIDField()
    action_type = models.CharField(max_length=11)
    name = models.CharField(max_length=255)

    class Meta(PastReminder.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "resource_id", "action_type", "name", "expired_on", "stage"],
                name="sent_certificate_reminder_once",
            )
        ]
