"""The outbox: what happened, in the order in which it was committed."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from certificates.models.tenant import Tenant


class EventType(models.TextChoices):
    """The names are those of the contract (`contracts/certificate-v2.txt`)."""

    CERTIFICATE_CREATE = "CERTIFICATE::CREATE", "CERTIFICATE::CREATE"
    CERTIFICATE_UPDATE = "CERTIFICATE::UPDATE", "CERTIFICATE::UPDATE"
    CERTIFICATE_DELETE = "CERTIFICATE::DELETE", "CERTIFICATE::DELETE"
    ACTION_CREATE = "CERTIFICATE_ACTION::CREATE", "CERTIFICATE_ACTION::CREATE"
    ACTION_UPDATE = "CERTIFICATE_ACTION::UPDATE", "CERTIFICATE_ACTION::UPDATE"
    ACTION_DELETE = "CERTIFICATE_ACTION::DELETE", "CERTIFICATE_ACTION::DELETE"
    TEST = "WEBHOOK_ENDPOINT::TEST", "WEBHOOK_ENDPOINT::TEST"


#: What an endpoint can ask for; a test comes to the one that is tested, asked for or not.
SUBSCRIBABLE: tuple[str, ...] = tuple(kind.value for kind in EventType if kind != EventType.TEST)


def new_webhook_id() -> str:
    """An id for a message, the same on every try (Standard Webhooks, header `webhook-id`)."""
    return f"msg_{uuid.uuid4().hex}"


class EventStream(models.Model):
    """Where a tenant's positions have got to. Its row is the turnstile of the tenant's writers."""

    tenant = models.OneToOneField(
        Tenant,
        verbose_name=_("tenant"),
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="event_stream",
    )
    last_position = models.PositiveBigIntegerField(_("last position"), default=0)

    class Meta:
        verbose_name = _("event stream")
        verbose_name_plural = _("event streams")

    def __str__(self) -> str:
        return f"{self.tenant_id}: {self.last_position}"


class WebhookEvent(models.Model):
    """One thing that happened. Certificates are deleted, their events stay."""

    webhook_id = models.CharField(_("webhook id"), max_length=40, default=new_webhook_id)
    tenant = models.ForeignKey(
        Tenant,
        verbose_name=_("tenant"),
        on_delete=models.CASCADE,
        related_name="webhook_events",
        db_index=False,  # the unique constraint begins with it
    )
    position = models.PositiveBigIntegerField(
        _("position"),
        help_text="Within the tenant: 1, 2, 3 … in the order of commits, without gaps.",
    )
    event_type = models.CharField(_("event type"), max_length=40, choices=EventType)
    certificate_id = models.UUIDField(_("certificate id"), null=True, blank=True)
    sequence = models.PositiveIntegerField(
        _("sequence"), null=True, blank=True, help_text="Within the certificate: 1, 2, 3 …"
    )
    body = models.TextField(_("body"), help_text="The JSON that is sent, to the byte.")
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("webhook event")
        verbose_name_plural = _("webhook events")
        constraints = [
            models.UniqueConstraint(fields=["webhook_id"], name="event_webhook_id"),
            models.UniqueConstraint(fields=["tenant", "position"], name="event_position"),
            models.UniqueConstraint(fields=["certificate_id", "sequence"], name="event_sequence"),
            models.CheckConstraint(
                condition=Q(event_type__in=EventType.values), name="event_type_known"
            ),
            models.CheckConstraint(
                condition=Q(certificate_id__isnull=True, sequence__isnull=True)
                | Q(certificate_id__isnull=False, sequence__gte=1),
                name="event_of_a_certificate_counts",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "created_at"], name="event_tenant_created")]

    def __str__(self) -> str:
        return f"{self.event_type} {self.webhook_id}"
