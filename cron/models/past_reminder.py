"""What is remembered of reminders whose thing was deleted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar, Self, TypeVar

from django.db import models
from django.utils import timezone

from cron.models.expiry_reminder import day_of

P = TypeVar("P", bound="PastReminder")


class PastReminderQuerySet(models.QuerySet[P]):
    def of(self, thing: models.Model) -> Self:
        """Those of the thing's present expiry, as it is entered again."""
        expiry: date | None = getattr(thing, self.model.expiry)
        if expiry is None:
            return self.none()
        known = {name: getattr(thing, name) for name in self.model.identity}
        return self.filter(**known, expired_on=day_of(expiry))

    def of_all(self, things: Sequence[models.Model]) -> list[tuple[Any, int]]:
        """A thing's key and a stage for each of those of the things; one query."""
        names, expiry = self.model.identity, self.model.expiry
        keys = {
            (*(getattr(each, name) for name in names), day_of(getattr(each, expiry))): each.pk
            for each in things
            if getattr(each, expiry) is not None
        }
        rows = self.filter(
            **{f"{names[0]}__in": {key[0] for key in keys}},
            expired_on__in={key[-1] for key in keys},
        ).values_list(*names, "expired_on", "stage")
        return [
            (keys[key], stage) for *key_parts, stage in rows if (key := tuple(key_parts)) in keys
        ]


class PastReminder(models.Model):
    """A stage of an expiry that went out for a thing that is gone, so that no second one does.

    A concrete model adds the columns by which the thing is known when it is entered again. It names
    them in `identity`, and the thing's field with the expiry in `expiry`, as the thing itself calls
    them, and has a unique constraint on these columns, `expired_on` and `stage`.
    """

    #: Columns here and on what expires.
    identity: ClassVar[tuple[str, ...]]
    #: The field with the expiry on what expires.
    expiry: ClassVar[str]

    #: The day of the expiry, in UTC.
    expired_on = models.DateField()
    stage = models.SmallIntegerField()
    deleted_at = models.DateTimeField(default=timezone.now)

    objects = PastReminderQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        names = ", ".join(str(getattr(self, name)) for name in self.identity)
        return f"{names}, {self.expired_on:%Y-%m-%d}, stage {self.stage}"

    @classmethod
    def about_mentor(cls, mentor_id: str) -> models.Q:
        """The rows that are erased together with the mentor."""
        raise NotImplementedError
