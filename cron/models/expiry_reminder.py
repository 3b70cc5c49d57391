"""What reminders of all kinds have in common, whatever it is that expires."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import ClassVar, Self, TypeVar

from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import Combinable
from django.utils.translation import gettext_lazy as _

from certifications.models import EXPIRED_STAGE
from config.db import UtcDate
from cron.models.delivery import Delivery, DeliveryQuerySet, DeliveryState

R = TypeVar("R", bound="ExpiryReminder")

#: The `stage` of a mail that somebody sent by hand while no stage was due. It is further from the
#: expiry than every real one, and one further away never keeps a stage from going out.
BY_HAND_STAGE = 32_767


def day_of(expiry: date) -> date:
    """The day of an expiry: that of a moment is its day in UTC."""
    return expiry.astimezone(UTC).date() if isinstance(expiry, datetime) else expiry


class ReminderQuerySet(DeliveryQuerySet[R]):
    """Reminders by their delivery and their stage."""

    def at_a_stage(self) -> Self:
        """Without those that somebody sent while no stage was due."""
        return self.filter(stage__lt=BY_HAND_STAGE)

    def of_present_expiry(self) -> Self:
        """Those of the day on which their thing expires now."""
        model = self.model
        present = model.day_of_expiry(F(f"{model.subject}__{model.expiry}"))
        return self.alias(present=present).filter(present=model.day_of_expiry(F(model.expiry)))


class ExpiryReminder(Delivery):
    """A mail at one stage of one expiry: there is one per thing, day of expiry and stage, ever.

    A concrete model adds a foreign key to what expires and a field with the expiry, of the name and
    type that it has on the thing itself, and names both in `subject` and `expiry`. Its
    `Meta.constraints` begin with a unique constraint on these two and `stage`, in this order; of
    an expiry that is a moment it is on the day (`UtcDate`). Any further column may be null or needs
    a `db_default`: the rows are written inside the database.
    """

    #: The name of the foreign key to what expires.
    subject: ClassVar[str]
    #: The name of the field with the expiry, here and on what expires.
    expiry: ClassVar[str]
    tells_of_refusals = True

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
        stage = f"stage {self.stage}" if self.is_at_a_stage else "by hand"
        return f"{thing}, {self.expiry_date:%Y-%m-%d}, {stage}"

    @property
    def expiry_date(self) -> date:
        """The day of the expiry that it reminds of, in UTC."""
        return day_of(getattr(self, self.expiry))

    @property
    def is_at_a_stage(self) -> bool:
        """Whether a stage is what it goes out for, rather than somebody's wish."""
        return self.stage != BY_HAND_STAGE

    @classmethod
    def day_of_expiry(cls, expiry: Combinable) -> Combinable:
        """The day of an expiry, such as `F("expires_at")`, as an expression."""
        field = cls._meta.get_field(cls.expiry)
        return UtcDate(expiry) if isinstance(field, models.DateTimeField) else expiry

    def days_left(self, today: date) -> int:
        """Days from `today` to the expiry, negative once past."""
        return (self.expiry_date - today).days

    @property
    def is_outdated(self) -> bool:
        """By now the thing expires on another day, or never."""
        actual: date | None = getattr(getattr(self, self.subject), self.expiry)
        return actual is None or day_of(actual) != self.expiry_date

    @property
    def message_id_local(self) -> str:
        """The part of the Message-ID before the `@`: the same on every try."""
        return f"{self._meta.model_name}-{self.pk}-{self.expiry_date:%Y%m%d}-{self.stage}"
