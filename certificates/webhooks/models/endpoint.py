"""Endpoints: where a tenant's events are sent, and with which secrets they are signed."""

from __future__ import annotations

import base64
import secrets
import uuid
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from certificates.models.tenant import Tenant

SECRET_PREFIX = "whsec_"  # noqa: S105 (what every secret begins with)
SECRET_BYTES = 32


def generate_secret() -> str:
    """A new signing secret in the form that Standard Webhooks gives it."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


class DisabledReason(models.TextChoices):
    """Why we switched an endpoint off; empty where somebody did it by hand."""

    GONE = "gone", _("The receiver answered 410 Gone.")
    FAILING = "failing", _("No try succeeded for several days.")


class WebhookEndpointQuerySet(models.QuerySet["WebhookEndpoint"]):
    def enabled(self) -> Self:
        return self.filter(enabled=True)

    def accepting(self, now: datetime) -> Self:
        """Those that may be sent to now: enabled, and not asked to be left alone."""
        return self.enabled().filter(Q(paused_until__isnull=True) | Q(paused_until__lte=now))

    def with_notice_due(self, now: datetime) -> Self:
        return self.filter(notice_due_at__lte=now)


class WebhookEndpoint(models.Model):
    """An address that is told of the events it asked for."""

    webhook_endpoint_id = models.UUIDField(
        _("webhook endpoint id"), primary_key=True, default=uuid.uuid4, editable=False
    )
    tenant = models.ForeignKey(
        Tenant,
        verbose_name=_("tenant"),
        on_delete=models.CASCADE,
        related_name="webhook_endpoints",
        db_index=False,  # endpoint_tenant begins with it
    )
    name = models.CharField(_("name"), max_length=200)
    url = models.CharField("URL", max_length=2000)
    events = models.JSONField(_("events"), help_text=_('A list such as ["CERTIFICATE::CREATE"].'))
    headers = models.JSONField(
        _("headers"),
        default=dict,
        blank=True,
        help_text=_("Headers that each request carries beside ours."),
    )
    enabled = models.BooleanField(_("enabled"), default=True)
    disabled_at = models.DateTimeField(
        _("disabled at"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("When we switched it off."),
    )
    disabled_reason = models.CharField(
        _("disabled reason"), max_length=10, blank=True, choices=DisabledReason, editable=False
    )
    failing_since = models.DateTimeField(
        _("failing since"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("Empty while it works."),
    )
    paused_until = models.DateTimeField(
        _("paused until"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("It asked for less until then."),
    )
    slow_downs = models.PositiveIntegerField(_("slow downs"), default=0, editable=False)
    notice_due_at = models.DateTimeField(
        _("notice due at"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("When the mail about its being switched off is due; empty without one."),
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("updated at"), default=timezone.now, editable=False)

    objects = WebhookEndpointQuerySet.as_manager()
    history = HistoricalRecords(
        excluded_fields=["failing_since", "paused_until", "slow_downs", "notice_due_at"]
    )

    class Meta:
        verbose_name = _("webhook endpoint")
        verbose_name_plural = _("webhook endpoints")
        constraints = [
            models.CheckConstraint(
                condition=Q(disabled_reason__in=["", *DisabledReason.values]),
                name="endpoint_reason_known",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "created_at"], name="endpoint_tenant"),
            models.Index(
                fields=["notice_due_at"],
                condition=Q(notice_due_at__isnull=False),
                name="endpoint_notice",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save_working_state(self) -> None:
        """Store how it gets on. This is no change of the endpoint, so none enters its history."""
        fields = ("failing_since", "paused_until", "slow_downs")
        type(self).objects.filter(pk=self.pk).update(
            **{field: getattr(self, field) for field in fields}
        )

    def subscribes(self, event_type: str) -> bool:
        return event_type in self.events


class WebhookSecretQuerySet(models.QuerySet["WebhookSecret"]):
    def valid(self, now: datetime) -> Self:
        """The secrets that sign, the newest first."""
        return self.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=now)).order_by("-pk")


class WebhookSecret(models.Model):
    """A signing secret. After a rotation the old one signs beside the new one for a while."""

    endpoint = models.ForeignKey(
        WebhookEndpoint,
        verbose_name=_("endpoint"),
        on_delete=models.CASCADE,
        related_name="secrets",
    )
    secret = models.CharField(_("secret"), max_length=80, default=generate_secret)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)

    objects = WebhookSecretQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook secret")
        verbose_name_plural = _("webhook secrets")

    def __str__(self) -> str:
        return f"secret {self.pk} of {self.endpoint_id}"
