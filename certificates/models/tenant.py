"""Tenants: whose certificates they are, who may see them, who is told of what expires."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self, TypeVar

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from config.json_lists import JSONListField
from config.text import validate_visible
from cron.expiring import MAX_STAGE_DAYS, default_reminder_stages, validate_reminder_stages

M = TypeVar("M", bound=models.Model)


@dataclass(frozen=True)
class TenantScope:
    """The tenants whose rows someone may see. `tenant_ids` is None for all there are."""

    tenant_ids: frozenset[uuid.UUID] | None

    @classmethod
    def of(cls, tenant_ids: Iterable[uuid.UUID]) -> TenantScope:
        return cls(frozenset(tenant_ids))

    def __contains__(self, tenant_id: uuid.UUID) -> bool:
        return self.tenant_ids is None or tenant_id in self.tenant_ids

    def condition(self, column: str = "tenant") -> models.Q:
        """The rows whose `column` is one of these tenants."""
        if self.tenant_ids is None:
            return models.Q()
        if len(self.tenant_ids) == 1:
            # Equality lets the database walk the index in the asked order.
            return models.Q(**{column: next(iter(self.tenant_ids))})
        return models.Q(**{f"{column}__in": self.tenant_ids})


EVERY_TENANT = TenantScope(None)


class TenantQuerySet(models.QuerySet[M]):
    """Rows with a `tenant`."""

    def visible_to(self, scope: TenantScope) -> Self:
        """Those of the scope's tenants: others do not exist for it."""
        return self.filter(scope.condition())


class Language(models.TextChoices):
    ENGLISH = "en", "English"
    NORWEGIAN = "nb", "Norsk bokmål"


class Tenant(models.Model):
    """A company, or a part of one, that keeps its certificates here."""

    tenant_id = models.UUIDField(_("tenant id"), primary_key=True, default=uuid.uuid4)
    name = models.CharField(_("name"), max_length=200)
    language = models.CharField(
        _("language"),
        max_length=2,
        choices=Language,
        default=Language.ENGLISH,
        help_text=_("The language of mails to its contacts and administrators."),
    )
    reminder_stages = JSONListField(
        _("reminder stages"),
        default=default_reminder_stages,
        blank=True,
        validators=[validate_reminder_stages],
        help_text=_("Days before expiry, such as [30, 14, 7, 1, 0]."),
    )
    expired_notice_days = models.PositiveIntegerField(
        _("expired notice days"),
        default=90,
        validators=[MaxValueValidator(MAX_STAGE_DAYS)],
        help_text=_(
            "Days after expiry in which the one notice “has expired” may still go out; 0 for none."
        ),
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("tenant")
        verbose_name_plural = _("tenants")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(language__in=Language.values), name="tenant_language_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TenantMember(models.Model):
    """An account that belongs to a tenant: it reads and writes what is the tenant's."""

    tenant = models.ForeignKey(
        Tenant, verbose_name=_("tenant"), on_delete=models.CASCADE, related_name="members"
    )
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("account"),
        on_delete=models.CASCADE,
        related_name="tenant_memberships",
        db_index=False,  # the unique constraint begins with it
    )
    is_admin = models.BooleanField(
        _("is admin"),
        default=False,
        help_text=_("Gets a mail when something of the tenant needs a person."),
    )

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [
            models.UniqueConstraint(fields=["account", "tenant"], name="member_once_per_tenant"),
        ]

    def __str__(self) -> str:
        return f"{self.account}, {self.tenant}"


class TenantContact(models.Model):
    """An address that is told of the tenant's certificates that expire."""

    tenant = models.ForeignKey(
        Tenant,
        verbose_name=_("tenant"),
        on_delete=models.CASCADE,
        related_name="contacts",
        db_index=False,  # the unique constraint begins with it
    )
    name = models.CharField(_("name"), max_length=200, blank=True)
    email = models.EmailField(_("email"), validators=[validate_visible])

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "email"], name="contact_once_per_tenant"),
        ]

    def __str__(self) -> str:
        return self.name or self.email
