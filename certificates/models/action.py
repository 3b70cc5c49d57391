"""What a certificate allows or obliges to: actions connected with it."""

from __future__ import annotations

import uuid
from datetime import date

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from certificates.models.certificate import Certificate
from certificates.models.fields import FoldedField
from certificates.models.tenant import Tenant, TenantQuerySet
from config.prepared import Given


class CertificateActionQuerySet(TenantQuerySet["CertificateAction"]):
    """Actions by tenant and by what is known of their certificates."""

    def current(self, today: date | Given) -> CertificateActionQuerySet:
        """Those of the certificates that are `current` by `today` (UTC)."""
        return self.filter(certificate__in=Certificate.objects.current(today))


class CertificateAction(models.Model):
    """An action of some catalogue that the certificate covers, with its own date of expiry or none.

    Where `is_date_inherited`, `date_expire` is a copy of the certificate's that follows it.
    """

    certificate_action_id = models.UUIDField(
        _("certificate action id"), primary_key=True, default=uuid.uuid4
    )
    certificate = models.ForeignKey(
        Certificate, verbose_name=_("certificate"), on_delete=models.CASCADE, related_name="actions"
    )
    tenant = models.ForeignKey(
        Tenant,
        verbose_name=_("tenant"),
        on_delete=models.PROTECT,
        related_name="certificate_actions",
        db_index=False,  # the indexes below begin with it
    )
    action_id = models.UUIDField(
        _("action id"), help_text=_("The action in the catalogue it comes from.")
    )
    action_name = models.CharField(_("action name"), max_length=255)
    action_name_folded = FoldedField(source="action_name")
    action_code = models.CharField(  # noqa: DJ001 (unset differs from empty)
        _("action code"),
        max_length=100,
        null=True,
        blank=True,
    )
    date_expire = models.DateField(_("date expire"), null=True, blank=True)
    is_date_inherited = models.BooleanField(_("is date inherited"), default=True)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("updated at"), default=timezone.now, editable=False)

    objects = CertificateActionQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["action_name_folded"])

    class Meta:
        verbose_name = _("connected action")
        verbose_name_plural = _("connected actions")
        indexes = [
            models.Index(
                fields=["tenant", "date_expire", "certificate_action_id"], name="action_expire"
            ),
            models.Index(
                fields=["tenant", "action_name", "certificate_action_id"], name="action_name"
            ),
            models.Index(
                fields=["tenant", "action_code", "certificate_action_id"], name="action_code"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_date_inherited=True) | Q(date_expire__isnull=False),
                name="action_own_date_set",
            ),
        ]

    def __str__(self) -> str:
        return self.action_name

    def inherit(self, date_expire: date | None) -> None:
        """Take the certificate's date of expiry."""
        self.is_date_inherited = True
        self.date_expire = date_expire
