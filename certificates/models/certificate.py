"""Compliance certificates (contract certificate-v2)."""

from __future__ import annotations

import uuid
from datetime import date

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from certificates import validity
from certificates.models.fields import FoldedField
from certificates.models.tenant import Tenant, TenantQuerySet
from config.prepared import Given

MAX_VALIDITY = 10_000


class ActionType(models.TextChoices):
    """What the certificate attests."""

    TRAINING = "TRAINING", _("training")
    MAINTENANCE = "MAINTENANCE", _("maintenance")
    HEALTH = "HEALTH", _("health")
    CHECK = "CHECK", _("check")
    PER = "PER", _("PER")


class ResourceType(models.TextChoices):
    """What kind of thing is certified."""

    PERSON = "PERSON", _("person")
    MATERIAL_ITEM = "MATERIAL_ITEM", _("material item")
    ROLE = "ROLE", _("role")
    WORK_GROUP = "WORK_GROUP", _("work group")
    WORK_ENVIRONMENT = "WORK_ENVIRONMENT", _("work environment")
    SUBSTANCE = "SUBSTANCE", _("substance")
    EQUIPMENT = "EQUIPMENT", _("equipment")


class ValidityUnit(models.TextChoices):
    YEAR = validity.YEAR, _("years")
    MONTH = validity.MONTH, _("months")
    DAY = validity.DAY, _("days")


class CertificateQuerySet(TenantQuerySet["Certificate"]):
    def current(self, today: date | Given) -> CertificateQuerySet:
        """All but those that had expired before `today` (UTC) and were replaced."""
        return self.filter(
            Q(is_replaced=False) | Q(date_expire__isnull=True) | Q(date_expire__gte=today)
        )

    def attesting_the_same(self, certificate: Certificate) -> CertificateQuerySet:
        """Those of the same tenant, resource, action type and name."""
        return self.filter(
            tenant=certificate.tenant_id,
            resource_id=certificate.resource_id,
            action_type=certificate.action_type,
            name=certificate.name,
        )

    def mark_replaced(self) -> int:
        """Set right, for each of these, whether a newer one replaced it; returns how many changed.

        Newer is the later date of release, on one day the later made.
        """
        same_day = Q(date_release=OuterRef("date_release"))
        same_moment = same_day & Q(created_at=OuterRef("created_at"))
        newer = Certificate.objects.filter(
            Q(date_release__gt=OuterRef("date_release"))
            | same_day & Q(created_at__gt=OuterRef("created_at"))
            | same_moment & Q(certificate_id__gt=OuterRef("certificate_id")),
            tenant=OuterRef("tenant"),
            resource_id=OuterRef("resource_id"),
            action_type=OuterRef("action_type"),
            name=OuterRef("name"),
        )
        wrong = self.filter(
            Q(Exists(newer), is_replaced=False) | Q(~Exists(newer), is_replaced=True)
        )
        return wrong.update(is_replaced=~F("is_replaced"))


class Certificate(models.Model):
    """That a person, a material or a piece of equipment has what the tenant must prove.

    `date_expire` follows from release and validity until someone sets it by hand
    (`is_date_expire_fixed`). Without any of it the certificate never expires.
    """

    certificate_id = models.UUIDField(_("certificate id"), primary_key=True, default=uuid.uuid4)
    tenant = models.ForeignKey(
        Tenant,
        verbose_name=_("tenant"),
        on_delete=models.PROTECT,
        related_name="certificates",
        db_index=False,  # the indexes below begin with it
    )
    date_release = models.DateField(_("date release"))
    date_expire = models.DateField(_("date expire"), null=True, blank=True)
    is_date_expire_fixed = models.BooleanField(
        _("is date expire fixed"), default=False, editable=False
    )
    name = models.CharField(_("name"), max_length=255)
    name_folded = FoldedField(source="name")
    note = models.TextField(  # noqa: DJ001 (unset differs from empty)
        _("note"), null=True, blank=True
    )
    action_type = models.CharField(_("action type"), max_length=11, choices=ActionType)
    resource_id = models.UUIDField(
        _("resource id"), help_text=_("The person, material or equipment that is certified.")
    )
    resource_type = models.CharField(  # noqa: DJ001 (unset is no kind of thing)
        _("resource type"),
        max_length=16,
        choices=ResourceType,
        null=True,
        blank=True,
    )
    data = models.JSONField(_("data"), null=True, blank=True)
    warning = models.PositiveSmallIntegerField(
        _("warning"), default=0, choices=[(0, "0"), (1, "1")]
    )
    validity_unit = models.CharField(  # noqa: DJ001 (unset with validity)
        _("validity unit"),
        max_length=5,
        choices=ValidityUnit,
        null=True,
        blank=True,
    )
    validity = models.PositiveIntegerField(
        _("validity"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_VALIDITY)],
    )
    is_replaced = models.BooleanField(
        _("is replaced"),
        default=False,
        editable=False,
        help_text=_("Whether a newer one attests the same; the services keep it right."),
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("updated at"), default=timezone.now, editable=False)

    objects = CertificateQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["name_folded", "is_replaced"])

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        constraints = [
            models.CheckConstraint(
                condition=Q(date_expire__isnull=True)
                | Q(date_expire__gte=models.F("date_release")),
                name="certificate_expires_after_release",
            ),
            models.CheckConstraint(
                condition=Q(validity_unit__isnull=True, validity__isnull=True)
                | Q(validity_unit__in=ValidityUnit.values, validity__range=(1, MAX_VALIDITY)),
                name="certificate_validity_whole",
            ),
            models.CheckConstraint(
                condition=Q(action_type__in=ActionType.values),
                name="certificate_action_type_known",
            ),
            models.CheckConstraint(
                condition=Q(resource_type__isnull=True) | Q(resource_type__in=ResourceType.values),
                name="certificate_resource_type_known",
            ),
            models.CheckConstraint(
                condition=Q(warning__in=[0, 1]), name="certificate_warning_0_or_1"
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "date_release", "certificate_id"], name="certificate_release"
            ),
            # With is_replaced the usual list is counted by the index alone.
            models.Index(
                fields=["tenant", "date_expire", "certificate_id", "is_replaced"],
                name="certificate_expire",
            ),
            models.Index(fields=["tenant", "name", "certificate_id"], name="certificate_name"),
            models.Index(
                fields=["tenant", "action_type", "certificate_id"], name="certificate_action_type"
            ),
            # Finds what a newer one replaced, and all about one resource.
            models.Index(
                fields=["resource_id", "action_type", "name", "date_release"],
                name="certificate_resource",
            ),
            # For the nightly check, which asks for all tenants.
            models.Index(
                fields=["date_expire", "certificate_id"],
                condition=Q(date_expire__isnull=False, is_replaced=False),
                name="certificate_expiring",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def date_by_validity(self) -> date | None:
        """The day that release and validity give; None without validity. `OverflowError`."""
        if self.validity_unit is None or self.validity is None:
            return None
        return validity.date_after(self.date_release, self.validity_unit, self.validity)
