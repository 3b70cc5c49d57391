"""Mentors, their organisations, and the coordinators who look after them."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from config.api.fields import validate_identifier

#: Mentor ids that a path of the contracts has taken.
RESERVED_MENTOR_IDS = frozenset({"expiring"})


def validate_mentor_id(value: str) -> None:
    """Raise `ValidationError` for an id that no mentor can have."""
    validate_identifier(value)
    if value in RESERVED_MENTOR_IDS:
        raise ValidationError(_("“%(id)s” is reserved."), code="reserved", params={"id": value})


class Language(models.TextChoices):
    ENGLISH = "en", "English"
    NORWEGIAN = "nb", "Norsk bokmål"


class Organisation(models.Model):
    """An organisation of peer mentors."""

    id = models.CharField(primary_key=True, max_length=64, validators=[validate_identifier])
    name = models.CharField(max_length=200)

    history = HistoricalRecords()

    def __str__(self) -> str:
        return self.name


class Coordinator(models.Model):
    """Someone who gets an organisation's digest after each expiry check."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="coordinators"
    )
    name = models.CharField(max_length=200, blank=True)
    email = models.EmailField()
    language = models.CharField(max_length=2, choices=Language, default=Language.ENGLISH)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "email"], name="coordinator_once_per_organisation"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email


class MentorQuerySet(models.QuerySet["Mentor"]):
    def holding_active(self) -> MentorQuerySet:
        """Mentors with at least one certification whose stored status is active."""
        from certifications.models.certification import Certification, CertificationStatus

        active = Certification.objects.filter(
            mentor=models.OuterRef("pk"), status=CertificationStatus.ACTIVE
        )
        return self.filter(models.Exists(active))


class Mentor(models.Model):
    """A person who holds certifications; registered on first use."""

    id = models.CharField(primary_key=True, max_length=64, validators=[validate_mentor_id])
    name = models.CharField(max_length=200, blank=True)
    email = models.EmailField(blank=True)
    language = models.CharField(max_length=2, choices=Language, default=Language.ENGLISH)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="mentors", null=True, blank=True
    )
    public_badges = models.BooleanField(
        default=False,
        help_text=_("The mentor agreed that earned badges have public pages with the name."),
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = MentorQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(id__in=RESERVED_MENTOR_IDS), name="mentor_id_not_reserved"
            ),
            models.CheckConstraint(
                condition=models.Q(language__in=Language.values), name="mentor_language_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.id})" if self.name else self.id
