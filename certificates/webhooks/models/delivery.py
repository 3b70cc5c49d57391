"""Deliveries: one event on its way to one endpoint, and every try of it."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from certificates.webhooks.models.endpoint import WebhookEndpoint
from certificates.webhooks.models.event import WebhookEvent
from config.claims import PENDING, SENDING, Work, WorkQuerySet

#: In the words of the partial index: SQLite uses it for the very same condition only.
_UNSETTLED = Q(state=PENDING) | Q(state=SENDING)


class DeliveryState(models.TextChoices):
    PENDING = PENDING, _("pending")
    SENDING = SENDING, _("sending")
    DELIVERED = "delivered", _("delivered")
    FAILED = "failed", _("failed")


class WebhookDeliveryQuerySet(WorkQuerySet["WebhookDelivery"]):
    def pending(self) -> Self:
        return self.filter(state=DeliveryState.PENDING)

    def failed_since(self, moment: datetime) -> Self:
        """Those given up since then."""
        return self.filter(state=DeliveryState.FAILED, settled_at__gte=moment)

    def ready(self, now: datetime) -> Self:
        """Pending, due, and next in turn.

        In turn means that nothing earlier of the same certificate is on its way to the endpoint.
        """
        earlier = WebhookDelivery.objects.filter(
            _UNSETTLED,
            endpoint=OuterRef("endpoint"),
            certificate_id=OuterRef("certificate_id"),
            sequence__lt=OuterRef("sequence"),
        )
        return self.pending().filter(~Exists(earlier), next_attempt_at__lte=now)

    def under_way(self, now: datetime) -> Self:
        """Held by a worker that is alive."""
        return self.filter(state=DeliveryState.SENDING, lease_expires_at__gt=now)

    def abandoned(self, now: datetime) -> Self:
        """Held by a worker that gave no sign of life for the time of its lease."""
        return self.filter(state=DeliveryState.SENDING, lease_expires_at__lte=now)


class WebhookDelivery(Work):
    """One event for one endpoint. `attempts` are tries that ended, with an answer or without.

    `certificate_id` and `sequence` repeat the event's, so that the turn is one index away.
    """

    webhook_delivery_id = models.UUIDField(
        _("webhook delivery id"), default=uuid.uuid4, editable=False
    )
    event = models.ForeignKey(
        WebhookEvent,
        verbose_name=_("event"),
        on_delete=models.CASCADE,
        related_name="deliveries",
        db_index=False,  # the unique constraint begins with it
    )
    endpoint = models.ForeignKey(
        WebhookEndpoint,
        verbose_name=_("endpoint"),
        on_delete=models.CASCADE,
        related_name="deliveries",
        db_index=False,  # delivery_endpoint begins with it
    )
    state = models.CharField(
        _("state"), max_length=10, choices=DeliveryState, default=DeliveryState.PENDING
    )
    certificate_id = models.UUIDField(_("certificate id"), null=True, blank=True)
    sequence = models.PositiveIntegerField(_("sequence"), null=True, blank=True)
    attempts_before = models.PositiveSmallIntegerField(
        _("attempts before"),
        default=0,
        help_text=_("Tries before it was last brought back; the schedule began anew."),
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)

    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = _("webhook deliveries")
        constraints = [
            models.UniqueConstraint(fields=["webhook_delivery_id"], name="delivery_public_id"),
            models.UniqueConstraint(fields=["event", "endpoint"], name="delivery_once"),
            models.CheckConstraint(
                condition=Q(state__in=DeliveryState.values), name="delivery_state_known"
            ),
        ]
        indexes = [
            models.Index(fields=["endpoint", "state", "id"], name="delivery_endpoint"),
            models.Index(fields=["endpoint", "id"], name="delivery_listed"),
            models.Index(
                fields=["endpoint", "next_attempt_at", "id"],
                condition=Q(state=PENDING),
                name="delivery_due",
            ),
            models.Index(
                fields=["endpoint", "lease_expires_at"],
                condition=Q(state=SENDING),
                name="delivery_under_way",
            ),
            models.Index(
                fields=["endpoint", "certificate_id", "sequence"],
                condition=_UNSETTLED,
                name="delivery_turn",
            ),
            models.Index(
                fields=["endpoint", "settled_at"],
                condition=Q(state="failed"),
                name="delivery_failed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} to {self.endpoint_id}"


class WebhookAttempt(models.Model):
    """One try: what was answered, or why there was no answer."""

    delivery = models.ForeignKey(
        WebhookDelivery,
        verbose_name=_("delivery"),
        on_delete=models.CASCADE,
        related_name="tries",
        db_index=False,  # the unique constraint begins with it
    )
    number = models.PositiveSmallIntegerField(_("number"))
    attempted_at = models.DateTimeField(_("attempted at"))
    duration_ms = models.PositiveIntegerField(_("duration ms"))
    status = models.PositiveSmallIntegerField(
        _("status"), null=True, blank=True, help_text=_("The HTTP status; empty without an answer.")
    )
    error = models.CharField(_("error"), max_length=500, blank=True)
    answer = models.TextField(_("answer"), blank=True, help_text=_("The first 4 KiB of it."))

    class Meta:
        verbose_name = _("webhook attempt")
        verbose_name_plural = _("webhook attempts")
        constraints = [
            models.UniqueConstraint(fields=["delivery", "number"], name="attempt_number"),
        ]

    def __str__(self) -> str:
        return f"try {self.number} of delivery {self.delivery_id}"
