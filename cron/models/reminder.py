"""Reminders: one per certification, expiry and stage, ever."""

from __future__ import annotations

from datetime import UTC

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from certifications.models import EXPIRED_STAGE, Certification
from cron.models.delivery import Delivery, DeliveryQuerySet, DeliveryState


class ReminderQuerySet(DeliveryQuerySet["Reminder"]):
    """Reminders by their delivery."""


class Reminder(Delivery):
    """The mail to a mentor at one stage. Renewing changes `expires_at` and so starts anew."""

    certification = models.ForeignKey(
        Certification,
        on_delete=models.CASCADE,
        related_name="reminders",
        db_index=False,  # the unique constraint begins with it
    )
    expires_at = models.DateTimeField()
    stage = models.SmallIntegerField(
        help_text=_("Days before expiry; -1 is the notice after expiry.")
    )

    objects = ReminderQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["certification", "expires_at", "stage"], name="reminder_once_per_stage"
            ),
            models.CheckConstraint(
                condition=Q(stage__gte=EXPIRED_STAGE), name="reminder_stage_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=DeliveryState.values), name="reminder_state_known"
            ),
        ]
        indexes = [
            models.Index(fields=["run", "state", "next_attempt_at"], name="reminder_run_state"),
            models.Index(
                fields=["state"],
                condition=Q(state__in=["pending", "sending", "failed", "superseded"]),
                name="reminder_unsent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.certification}, {self.expires_at:%Y-%m-%d}, stage {self.stage}"

    @property
    def message_id_local(self) -> str:
        """The part of the Message-ID before the `@`: the same on every try."""
        return f"reminder-{self.pk}-{self.expires_at.astimezone(UTC):%Y%m%d}-{self.stage}"
