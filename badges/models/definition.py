"""Definitions of badges: what they are for, and how they look."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from config.api.public_ids import PublicId
from config.json_lists import JSONListField

DEFINITION_ID = PublicId("bdg-def", digits=3)
MAX_TAGS, TAG_LENGTH = 20, 50


class BadgeDefinitionQuerySet(models.QuerySet["BadgeDefinition"]):
    def active(self) -> BadgeDefinitionQuerySet:
        """Those that may be awarded."""
        return self.filter(active=True)


def validate_tags(value: object) -> None:
    """Raise `ValidationError` unless `value` is a list of a few short texts."""
    is_valid = (
        isinstance(value, list)
        and len(value) <= MAX_TAGS
        and all(isinstance(tag, str) and 0 < len(tag.strip()) <= TAG_LENGTH for tag in value)
    )
    if not is_valid:
        raise ValidationError(
            _('Give a list of up to %(most)d texts of 1 to %(length)d characters: ["peer"].'),
            params={"most": MAX_TAGS, "length": TAG_LENGTH},
        )


class BadgeDefinition(models.Model):
    """A badge that can be earned. Once it was awarded it is kept, if need be inactive."""

    name = models.CharField(_("name"), max_length=200)
    description = models.TextField(_("description"), max_length=2000)
    criteria = models.TextField(
        _("criteria"), max_length=5000, help_text=_("What one does to earn it.")
    )
    tags = JSONListField(
        _("tags"),
        default=list,
        blank=True,
        validators=[validate_tags],
        help_text=_('A list such as ["peer"].'),
    )
    active = models.BooleanField(
        _("active"), default=True, help_text=_("Whether it can be awarded.")
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("updated at"), default=timezone.now, editable=False)

    objects = BadgeDefinitionQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("badge definition")
        verbose_name_plural = _("badge definitions")

    def __str__(self) -> str:
        return self.name

    @property
    def public_id(self) -> str:
        return DEFINITION_ID.format(self.pk)


class ImageType(models.TextChoices):
    PNG = "image/png", "PNG"
    SVG = "image/svg+xml", "SVG"


class BadgeImage(models.Model):
    """How a badge looks: checked when it came in, and small enough to be kept beside the rest."""

    definition = models.OneToOneField(
        BadgeDefinition,
        verbose_name=_("definition"),
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="image",
    )
    media_type = models.CharField(_("media type"), max_length=13, choices=ImageType)
    content = models.BinaryField(_("content"))
    sha256 = models.CharField(_("sha256"), max_length=64)

    class Meta:
        verbose_name = _("badge image")
        verbose_name_plural = _("badge images")
        constraints = [
            models.CheckConstraint(
                condition=Q(media_type__in=ImageType.values), name="badge_image_type_known"
            ),
        ]

    def __str__(self) -> str:
        return f"image of {self.definition_id}"
