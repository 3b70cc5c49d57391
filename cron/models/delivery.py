"""Mails that go out once: planned, claimed by a worker, sent, marked."""

from __future__ import annotations

from datetime import datetime
from typing import Self, TypeVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from config.claims import Work, WorkQuerySet
from cron.models.run import ExpiryCheckRun


class DeliveryState(models.TextChoices):
    PENDING = "pending", _("pending")
    SENDING = "sending", _("sending")
    SENT = "sent", _("sent")
    FAILED = "failed", _("failed")
    SUPERSEDED = "superseded", _("superseded")


D = TypeVar("D", bound="Delivery")


class DeliveryQuerySet(WorkQuerySet[D]):
    """What reminders and digests share."""

    def failed(self) -> Self:
        return self.filter(state=DeliveryState.FAILED)

    def with_errors(self) -> Self:
        """What failed, and what went out and was refused for some of its recipients."""
        return self.filter(
            Q(state=DeliveryState.FAILED) | Q(state=DeliveryState.SENT) & ~Q(error="")
        )

    def sent(self) -> Self:
        return self.filter(state=DeliveryState.SENT)

    def told(self) -> Self:
        """What went out, or may be going out just now."""
        return self.filter(state__in=[DeliveryState.SENT, DeliveryState.SENDING])

    def takeable(self, now: datetime) -> Self:
        """What nobody holds and what has not gone out: another run may take care of it."""
        return self.abandoned(now) | self.filter(state=DeliveryState.SUPERSEDED)

    def abandoned(self, now: datetime) -> Self:
        """What earlier runs left behind: failed, never taken up, or its worker died."""
        return self.filter(
            Q(state__in=[DeliveryState.PENDING, DeliveryState.FAILED])
            | Q(state=DeliveryState.SENDING, lease_expires_at__lte=now)
        )


class Delivery(Work):
    """One mail. `run` is the run that takes care of it now."""

    run = models.ForeignKey(
        ExpiryCheckRun,
        verbose_name=_("run"),
        on_delete=models.CASCADE,
        related_name="%(class)ss",
        db_index=False,  # each kind has an index that begins with it
    )
    state = models.CharField(
        _("state"), max_length=10, choices=DeliveryState, default=DeliveryState.PENDING
    )
    recipient = models.CharField(_("recipient"), max_length=1000, blank=True)

    class Meta:
        abstract = True
