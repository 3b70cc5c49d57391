"""Mails that go out once: planned, claimed by a worker, sent, marked."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Self, TypeVar

from django.db import models, transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cron.models.run import ExpiryCheckRun


class DeliveryState(models.TextChoices):
    PENDING = "pending", _("pending")
    SENDING = "sending", _("sending")
    SENT = "sent", _("sent")
    FAILED = "failed", _("failed")
    SUPERSEDED = "superseded", _("superseded")


UNSETTLED = (DeliveryState.PENDING, DeliveryState.SENDING)


D = TypeVar("D", bound="Delivery")


class DeliveryQuerySet(models.QuerySet[D]):
    """What reminders and digests share."""

    def unsettled(self) -> Self:
        return self.filter(state__in=UNSETTLED)

    def settled(self) -> Self:
        return self.exclude(state__in=UNSETTLED)

    def failed(self) -> Self:
        return self.filter(state=DeliveryState.FAILED)

    def sent(self) -> Self:
        return self.filter(state=DeliveryState.SENT)

    def claimable(self, now: datetime) -> Self:
        """Those due for a try, and those whose worker's lease has run out."""
        return self.filter(
            Q(state=DeliveryState.PENDING, next_attempt_at__lte=now)
            | Q(state=DeliveryState.SENDING, lease_expires_at__lte=now)
        )

    def abandoned(self, now: datetime) -> Self:
        """What earlier runs left behind: failed, never taken up, or its worker died."""
        return self.filter(
            Q(state__in=[DeliveryState.PENDING, DeliveryState.FAILED])
            | Q(state=DeliveryState.SENDING, lease_expires_at__lte=now)
        )

    def claim(self, *, limit: int, lease: timedelta, now: datetime) -> uuid.UUID | None:
        """Take up to `limit` claimable rows for `lease`; the claim's id, or None if there are none.

        Whoever changed a row owns it: two workers never hold the same one.
        """
        token = uuid.uuid4()
        with transaction.atomic():
            rows = self.claimable(now).order_by("pk").select_for_update(skip_locked=True)
            taken = self.model._default_manager.filter(
                pk__in=list(rows.values_list("pk", flat=True)[:limit])
            ).update(
                state=DeliveryState.SENDING,
                claim=token,
                lease_expires_at=now + lease,
                attempts=F("attempts") + 1,
            )
        return token if taken else None

    def held_by(self, claim: uuid.UUID) -> Self:
        return self.filter(state=DeliveryState.SENDING, claim=claim)


class Delivery(models.Model):
    """One mail to one address. `run` is the run that takes care of it now."""

    run = models.ForeignKey(
        ExpiryCheckRun,
        on_delete=models.CASCADE,
        related_name="%(class)ss",
        db_index=False,  # each kind has an index that begins with it
    )
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    claim = models.UUIDField(null=True, blank=True)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When it was sent, failed or superseded.")
    )
    recipient = models.CharField(max_length=254, blank=True)
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        abstract = True
