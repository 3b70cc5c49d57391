"""Badges that mentors earned."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from badges.models.definition import BadgeDefinition
from certifications.models import Mentor
from config.api.public_ids import PublicId
from config.prepared import Given

EARNED_ID = PublicId("earned", digits=3)


class EarnedBadgeQuerySet(models.QuerySet["EarnedBadge"]):
    def standing(self) -> EarnedBadgeQuerySet:
        """Those that were not revoked."""
        return self.filter(revoked_at__isnull=True)

    def of_organisation(self, organisation_id: str | Given) -> EarnedBadgeQuerySet:
        """Those of the mentors who belong to the organisation now, by time and number."""
        rows = self.filter(mentor__organisation=organisation_id)
        return rows.order_by("awarded_at", "id")


class EarnedBadge(models.Model):
    """That a mentor earned a badge. Revoked, it may be earned again as another row."""

    definition = models.ForeignKey(
        BadgeDefinition,
        verbose_name=_("definition"),
        on_delete=models.PROTECT,
        related_name="earned",
        db_index=False,  # the indexes below begin with it
    )
    mentor = models.ForeignKey(
        Mentor,
        verbose_name=_("mentor"),
        on_delete=models.CASCADE,
        related_name="earned_badges",
        db_index=False,  # the indexes below begin with it
    )
    #: Names the public page: it can't be guessed.
    public_uuid = models.UUIDField(
        _("public uuid"), default=uuid.uuid4, unique=True, editable=False
    )
    awarded_at = models.DateTimeField(_("awarded at"))
    awarded_by = models.CharField(_("awarded by"), max_length=64, default="system")
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    revoked_by = models.CharField(_("revoked by"), max_length=150, blank=True)
    reason = models.CharField(
        _("reason"), max_length=500, blank=True, help_text=_("Why it was revoked.")
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)

    objects = EarnedBadgeQuerySet.as_manager()
    history = HistoricalRecords()
    tallied = ("definition",)
    #: Columns that never change.
    fixed_columns = ("awarded_at",)

    class Meta:
        verbose_name = _("earned badge")
        verbose_name_plural = _("earned badges")
        constraints = [
            models.UniqueConstraint(
                fields=["definition", "mentor"],
                condition=Q(revoked_at__isnull=True),
                name="badge_earned_once",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revoked_by="", reason="")
                | Q(revoked_at__isnull=False) & ~Q(reason=""),
                name="badge_revoked_with_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["mentor", "awarded_at", "id"], name="badge_of_mentor"),
            models.Index(fields=["definition", "awarded_at", "id"], name="badge_of_definition"),
            models.Index(fields=["awarded_at", "id"], name="badge_awarded"),
        ]

    def __str__(self) -> str:
        return f"{self.definition}, {self.mentor}"

    @property
    def public_id(self) -> str:
        return EARNED_ID.format(self.pk)

    @property
    def is_revoked(self) -> bool:
        return self.revoked_at is not None
