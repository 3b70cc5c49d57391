"""A second kind for real: boats' licences, with a date of expiry and several people to tell."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import ClassVar

from django.db import models

from cron.expiring import (
    ExpiringKind,
    ExpiryReminder,
    NoAddress,
    Policy,
    ReminderMail,
    Superseded,
    policies_by,
)


class Licence(models.Model):
    """What a boat may do until a day, or for good."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=100, default="Boat licence")
    harbour = models.CharField(max_length=20, default="bergen")
    tell = models.TextField(default="a@example.org b@example.org")
    is_withdrawn = models.BooleanField(default=False)
    valid_until = models.DateField(null=True)

    objects: ClassVar[models.Manager[Licence]] = models.Manager()

    class Meta:
        app_label = "boats"

    def __str__(self) -> str:
        return self.name


class LicenceReminder(ExpiryReminder):
    subject = "licence"
    expiry = "valid_until"

    licence = models.ForeignKey(
        Licence, on_delete=models.CASCADE, related_name="reminders", db_index=False
    )
    valid_until = models.DateField()

    class Meta(ExpiryReminder.Meta):
        app_label = "boats"
        constraints = [
            models.UniqueConstraint(
                fields=["licence", "valid_until", "stage"], name="licence_reminder_once_per_stage"
            ),
            *ExpiryReminder.Meta.constraints,
        ]


class Unguarded(ExpiryReminder):
    """Reminders that could be written twice."""

    subject = "licence"
    expiry = "valid_until"

    licence = models.ForeignKey(Licence, on_delete=models.CASCADE, related_name="+")
    valid_until = models.DateField()

    class Meta(ExpiryReminder.Meta):
        app_label = "boats"


class Mistyped(ExpiryReminder):
    """Reminders of a moment, where a licence has a date."""

    subject = "licence"
    expiry = "valid_until"

    licence = models.ForeignKey(Licence, on_delete=models.CASCADE, related_name="+")
    valid_until = models.DateTimeField()

    class Meta(ExpiryReminder.Meta):
        app_label = "boats"


class LicenceKind(ExpiringKind[Licence, LicenceReminder]):
    reminder = LicenceReminder
    related = ("licence",)

    def policies(self) -> list[Policy]:
        return policies_by(
            "harbour", [("bergen", [30, 7], 10), ("voss", [7, 30], 10), ("moss", [60], 0)]
        )

    def reminded(self, now: datetime) -> models.QuerySet[Licence]:
        return Licence.objects.filter(is_withdrawn=False)

    def mail(self, reminder: LicenceReminder) -> ReminderMail:
        licence = reminder.licence
        if licence.is_withdrawn:
            raise Superseded
        if not licence.tell:
            raise NoAddress("Nobody is told of this boat.")
        return ReminderMail(
            template="cron/mail/reminder",
            context={"type": licence, "certification": {"expires_at": licence.valid_until}},
            recipients=licence.tell.split(),
            language="en",
        )
