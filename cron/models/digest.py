"""Digests: what a coordinator is told of a run."""

from __future__ import annotations

from django.db import models
from django.db.models import Case, Count, Q, When
from django.utils.translation import gettext_lazy as _

from certifications.models import Coordinator
from cron.models.delivery import LASTING, Delivery, DeliveryQuerySet, DeliveryState
from cron.models.expiry_reminder import ReminderQuerySet
from cron.models.reminder import Reminder


class CoordinatorDigestQuerySet(DeliveryQuerySet["CoordinatorDigest"]):
    """Digests by their delivery."""


class CoordinatorDigest(Delivery):
    """One mail to one coordinator for one run.

    It tells of the organisation's reminders that were sent, or failed for the first time, after
    `covers_from`, up to `covers_until`. A digest that could not be sent is covered by the next one.
    """

    coordinator = models.ForeignKey(
        Coordinator,
        verbose_name=_("coordinator"),
        on_delete=models.CASCADE,
        related_name="digests",
        db_index=False,  # the index below begins with it
    )
    covers_from = models.DateTimeField(_("covers from"))
    covers_until = models.DateTimeField(_("covers until"))

    objects = CoordinatorDigestQuerySet.as_manager()

    class Meta:
        verbose_name = _("digest")
        verbose_name_plural = _("digests")
        constraints = [
            models.UniqueConstraint(fields=["run", "coordinator"], name="digest_once_per_run"),
            models.CheckConstraint(
                condition=Q(state__in=DeliveryState.values), name="digest_state_known"
            ),
        ]
        indexes = [
            models.Index(fields=["coordinator", "state", "covers_until"], name="digest_covered"),
        ]

    def __str__(self) -> str:
        return f"{self.coordinator}, {self.run}"

    @property
    def message_id_local(self) -> str:
        """The part of the Message-ID before the `@`: the same on every try."""
        return f"digest-{self.run_id}-{self.coordinator_id}"

    def reminders(self) -> ReminderQuerySet[Reminder]:
        """The reminders that this digest tells of: what failed first, then what expires soonest."""
        return (
            self._of_organisation()
            .news(self.covers_from, self.covers_until)
            .select_related("certification__mentor", "certification__certification_type", "run")
            .order_by(
                Case(When(state=DeliveryState.FAILED, then=0), default=1),
                "expires_at",
                "certification__mentor_id",
                "certification__certification_type_id",
                "pk",
            )
        )

    def still_unreachable(self) -> int:
        """How many mentors an earlier digest told of whom no mail can reach to this day."""
        failed = self._of_organisation().failed().filter(failure__in=LASTING)
        told = failed.filter(failed_since__lte=self.covers_from)
        return told.aggregate(mentors=Count("certification__mentor", distinct=True))["mentors"] or 0

    def _of_organisation(self) -> ReminderQuerySet[Reminder]:
        organisation = self.coordinator.organisation_id
        return Reminder.objects.filter(certification__mentor__organisation_id=organisation)
