"""Reminders of certifications: one per certification, day of expiry and stage, ever."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from certifications.models import Certification, CertificationType, Mentor
from config.db import UtcDate
from cron.models.expiry_reminder import BY_HAND_STAGE, ExpiryReminder
from cron.models.past_reminder import PastReminder


class Reminder(ExpiryReminder):
    """The mail to a mentor at one stage, or one that somebody sent by hand.

    Renewing changes the day of `expires_at` and so starts anew; another hour of the day does not.
    `by_hand_on` is the day on which somebody sent it: once a day and certification. Of these, the
    ones at `BY_HAND_STAGE` are at no stage and use none up.
    """

    subject = "certification"
    expiry = "expires_at"

    certification = models.ForeignKey(
        Certification,
        verbose_name=_("certification"),
        on_delete=models.CASCADE,
        related_name="reminders",
        db_index=False,  # a unique constraint begins with it
    )
    expires_at = models.DateTimeField(_("expires at"))
    by_hand_on = models.DateField(_("sent by hand on"), null=True, blank=True)

    class Meta(ExpiryReminder.Meta):
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        constraints = [
            models.UniqueConstraint(
                "certification",
                UtcDate("expires_at"),
                "stage",
                condition=Q(stage__lt=BY_HAND_STAGE),
                name="reminder_once_per_day_and_stage",
            ),
            # Foreign keys are looked up by this one.
            models.UniqueConstraint(
                "certification", "by_hand_on", name="reminder_once_a_day_by_hand"
            ),
            *ExpiryReminder.Meta.constraints,
        ]

    @property
    def message_id_local(self) -> str:
        """The part of the Message-ID before the `@`: the same on every try."""
        if self.is_at_a_stage:
            return super().message_id_local
        return f"{self._meta.model_name}-{self.pk}-{self.expiry_date:%Y%m%d}-by-hand"


class SentReminder(PastReminder):
    """A stage of whose reminder the mentor has been told, though the certification was deleted.

    Whoever deletes a record and enters it again means the same certification.
    """

    identity = ("mentor_id", "certification_type_id")

    mentor_id = models.CharField(max_length=Mentor._meta.get_field("id").max_length)
    certification_type_id = models.CharField(
        max_length=CertificationType._meta.get_field("code").max_length
    )

    class Meta(PastReminder.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["mentor_id", "certification_type_id", "expired_on", "stage"],
                name="sent_reminder_once",
            )
        ]
