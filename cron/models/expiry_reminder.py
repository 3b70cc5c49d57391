"""What reminders of all kinds have in common, whatever it is that expires."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import ClassVar, TypeVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from certifications.models import EXPIRED_STAGE
from cron.models.delivery import Delivery, DeliveryQuerySet, DeliveryState

R = TypeVar("R", bound="ExpiryReminder")


class ReminderQuerySet(DeliveryQuerySet[R]):
    """Reminders by their delivery."""


class ExpiryReminder(Delivery):
    """A mail at one stage of one expiry: there is one per thing, expiry and stage, ever.

    A concrete model adds a foreign key to what expires and a field with the expiry, of the name and
    type that it has on the thing itself, and names both in `subject` and `expiry`. Its
    `Meta.constraints` begin with a unique constraint on these two and `stage`, in this order. Any
    further column needs a `db_default`: the rows are written inside the database.
    """

    #: The name of the foreign key to what expires.
    subject: ClassVar[str]
    #: The name of the field with the expiry, here and on what expires.
    expiry: ClassVar[str]

    stage = models.SmallIntegerField(
        _("stage"), help_text=_("Days before expiry; -1 is the notice after expiry.")
    )

    objects = ReminderQuerySet.as_manager()

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(stage__gte=EXPIRED_STAGE), name="%(class)s_stage_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=DeliveryState.values), name="%(class)s_state_known"
            ),
        ]
        indexes = [
            models.Index(fields=["run", "state", "next_attempt_at"], name="%(class)s_run_state"),
            models.Index(
                fields=["state"],
                condition=Q(state__in=["pending", "sending", "failed", "superseded"]),
                name="%(class)s_unsent",
            ),
        ]

    def __str__(self) -> str:
        thing = getattr(self, self.subject)
        return f"{thing}, {self.expiry_date:%Y-%m-%d}, stage {self.stage}"

    @property
    def expiry_date(self) -> date:
        """The day of the expiry that it reminds of, in UTC."""
        expiry: date = getattr(self, self.expiry)
        return expiry.astimezone(UTC).date() if isinstance(expiry, datetime) else expiry

    @property
    def days_left(self) -> int:
        """Days from the date of its run to the expiry, negative once past.

        These are the days that the stage's rule saw, whenever the mail goes out.
        """
        return (self.expiry_date - self.run.started_at.astimezone(UTC).date()).days

    @property
    def is_outdated(self) -> bool:
        """By now the thing expires at another time, or never."""
        told: date = getattr(self, self.expiry)
        actual: date | None = getattr(getattr(self, self.subject), self.expiry)
        return actual != told

    @property
    def message_id_local(self) -> str:
        """The part of the Message-ID before the `@`: the same on every try."""
        return f"{self._meta.model_name}-{self.pk}-{self.expiry_date:%Y%m%d}-{self.stage}"
