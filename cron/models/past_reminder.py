"""What is remembered of reminders whose thing was deleted."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone


class PastReminder(models.Model):
    """A stage of an expiry that went out for a thing that is gone, so that no second one does.

    A concrete model adds the columns by which the thing is known when it is entered again, names
    them in `identity` as the thing itself calls them, and has a unique constraint on these,
    `expired_on` and `stage`.
    """

    #: Columns here and on what expires.
    identity: ClassVar[tuple[str, ...]]

    #: The day of the expiry, in UTC.
    expired_on = models.DateField()
    stage = models.SmallIntegerField()
    deleted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        names = ", ".join(str(getattr(self, name)) for name in self.identity)
        return f"{names}, {self.expired_on:%Y-%m-%d}, stage {self.stage}"
