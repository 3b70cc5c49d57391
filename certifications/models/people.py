"""Mentors, their organisations, and the coordinators who look after them."""

from __future__ import annotations

import unicodedata
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from config.api.fields import validate_identifier
from config.rights import is_limited
from config.text import validate_visible

#: Words of a search for mentors.
MOST_WORDS = 8
#: Mentor ids that a path of the contracts has taken; the database refuses them as well.
RESERVED_MENTOR_IDS = frozenset({"expiring"})
#: What clients resolve as steps in a path. Mentors from before may have such an id.
STEPS_IN_PATHS = frozenset({".", ".."})


def validate_mentor_id(value: str) -> None:
    """Raise `ValidationError` for an id that no mentor can have."""
    if value in RESERVED_MENTOR_IDS | STEPS_IN_PATHS:
        raise ValidationError(_("“%(id)s” is reserved."), code="reserved", params={"id": value})
    validate_identifier(value)


class Language(models.TextChoices):
    ENGLISH = "en", "English"
    NORWEGIAN = "nb", "Norsk bokmål"


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    def visible_to(self, account: AbstractBaseUser | AnonymousUser) -> OrganisationQuerySet:
        """Those whose rows the account may see: all, or a mere coordinator's own."""
        if not is_limited(account):
            return self
        return self.coordinated_by(account.pk)

    def coordinated_by(self, account_pk: Any) -> OrganisationQuerySet:
        """Those of which the account of that key is a coordinator."""
        return self.filter(
            pk__in=Coordinator.objects.filter(account=account_pk).values("organisation")
        )


class Organisation(models.Model):
    """An organisation of peer mentors."""

    id = models.CharField(
        _("id"), primary_key=True, max_length=64, validators=[validate_identifier]
    )
    name = models.CharField(_("name"), max_length=200)

    objects = OrganisationQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        permissions = [
            ("view_all_organisations", "Can see the rows of all organisations without a role")
        ]

    def __str__(self) -> str:
        return self.name


class Coordinator(models.Model):
    """Someone who looks after an organisation's mentors, and gets its digest after each check.

    With an account of role `coordinator` she works in the admin, where she sees the rows of her
    organisations.
    """

    organisation = models.ForeignKey(
        Organisation,
        verbose_name=_("organisation"),
        on_delete=models.CASCADE,
        related_name="coordinators",
    )
    name = models.CharField(_("name"), max_length=200, blank=True)
    email = models.EmailField(_("email"), validators=[validate_visible])
    language = models.CharField(
        _("language"), max_length=2, choices=Language, default=Language.ENGLISH
    )
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("account"),
        on_delete=models.SET_NULL,
        related_name="coordinator_of",
        null=True,
        blank=True,
        help_text=_("Who logs in to the admin as this coordinator."),
    )

    class Meta:
        verbose_name = _("coordinator")
        verbose_name_plural = _("coordinators")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "email"], name="coordinator_once_per_organisation"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email


class MentorQuerySet(models.QuerySet["Mentor"]):
    def visible_to(self, account: AbstractBaseUser | AnonymousUser) -> MentorQuerySet:
        """Those that the account may see: all, or those of a mere coordinator's organisations."""
        if not is_limited(account):
            return self
        return self.coordinated_by(account.pk)

    def coordinated_by(self, account_pk: Any) -> MentorQuerySet:
        """Those of the organisations of which the account of that key is a coordinator."""
        return self.filter(organisation__in=Organisation.objects.coordinated_by(account_pk))

    def named_like(self, text: str) -> MentorQuerySet:
        """Those with each word of `text` in their id, name or email, whatever its case or order.

        On PostgreSQL a trigram index finds them once a word has three characters. Words after the
        first `MOST_WORDS` are not looked at.
        """
        found = self
        for word in unicodedata.normalize("NFC", text).split()[:MOST_WORDS]:
            found = found.filter(
                models.Q(id__icontains=word)
                | models.Q(name__icontains=word)
                | models.Q(email__icontains=word)
            )
        return found


class Mentor(models.Model):
    """A person who holds certifications; registered on first use."""

    id = models.CharField(_("id"), primary_key=True, max_length=64, validators=[validate_mentor_id])
    name = models.CharField(_("name"), max_length=200, blank=True)
    email = models.EmailField(_("email"), blank=True, validators=[validate_visible])
    language = models.CharField(
        _("language"), max_length=2, choices=Language, default=Language.ENGLISH
    )
    organisation = models.ForeignKey(
        Organisation,
        verbose_name=_("organisation"),
        on_delete=models.PROTECT,
        related_name="mentors",
        null=True,
        blank=True,
    )
    public_badges = models.BooleanField(
        _("public badges"),
        default=False,
        help_text=_("The mentor agreed that earned badges have public pages with the name."),
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    objects = MentorQuerySet.as_manager()
    history = HistoricalRecords()
    tallied = ("organisation", "language")

    class Meta:
        verbose_name = _("mentor")
        verbose_name_plural = _("mentors")
        indexes = [
            models.Index(fields=["id"], condition=models.Q(email=""), name="mentor_without_email"),
        ]
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
