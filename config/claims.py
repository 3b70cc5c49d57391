"""Rows that are work to be done once: claimed by a worker for a while, tried, settled.

The claim is one conditional UPDATE; whoever changed a row owns it until its lease runs out.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Self, TypeVar

from django.db import models, transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

#: The states of work that is not settled; what else there is, each kind of work says itself.
PENDING = "pending"
SENDING = "sending"
UNSETTLED = (PENDING, SENDING)

W = TypeVar("W", bound="Work")


class WorkQuerySet(models.QuerySet[W]):
    """What all kinds of such work share."""

    def unsettled(self) -> Self:
        return self.filter(state__in=UNSETTLED)

    def settled(self) -> Self:
        return self.exclude(state__in=UNSETTLED)

    def claimable(self, now: datetime) -> Self:
        """Those due for a try, and those whose worker's lease has run out."""
        return self.filter(
            Q(state=PENDING, next_attempt_at__lte=now) | Q(state=SENDING, lease_expires_at__lte=now)
        )

    def claim(self, *, limit: int, lease: timedelta, now: datetime) -> uuid.UUID | None:
        """Take up to `limit` claimable rows for `lease`; the claim's id, or None if there are none.

        Two workers never hold the same row.
        """
        token = uuid.uuid4()
        with transaction.atomic():
            rows = self.claimable(now).order_by("pk").select_for_update(skip_locked=True)
            taken = self.model._default_manager.filter(
                pk__in=list(rows.values_list("pk", flat=True)[:limit])
            ).update(
                state=SENDING,
                claim=token,
                lease_expires_at=now + lease,
                attempts=F("attempts") + 1,
            )
        return token if taken else None

    def held_by(self, claim: uuid.UUID) -> Self:
        return self.filter(state=SENDING, claim=claim)


class Work(models.Model):
    """A row of work. Each kind adds its `state`, with `pending` and `sending` among the choices."""

    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt at"))
    claim = models.UUIDField(_("claim"), null=True, blank=True)
    lease_expires_at = models.DateTimeField(_("lease expires at"), null=True, blank=True)
    settled_at = models.DateTimeField(
        _("settled at"), null=True, blank=True, help_text=_("When it was done or given up.")
    )
    error = models.CharField(_("error"), max_length=500, blank=True)

    class Meta:
        abstract = True
