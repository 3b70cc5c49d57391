"""Certifications and their renewals: the one table behind contracts 1 and 2."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from certifications.errors import CertificationNotFound
from certifications.models.certification_type import CertificationType, start_of_day
from certifications.models.people import Mentor
from config.prepared import Given
from config.rights import is_limited


class CertificationStatus(models.TextChoices):
    """The stored status (contract certification-records)."""

    ACTIVE = "active", _("active")
    EXPIRED = "expired", _("expired")
    SUSPENDED = "suspended", _("suspended")
    REVOKED = "revoked", _("revoked")


class ExpiryStatus(models.TextChoices):
    """The status as derived when read (contract certifications)."""

    ACTIVE = "active", _("active")
    EXPIRING_SOON = "expiring_soon", _("expiring soon")
    EXPIRED = "expired", _("expired")
    SUSPENDED = "suspended", _("suspended")
    REVOKED = "revoked", _("revoked")


Moment = datetime | Given


def days_until(expires_at: datetime, now: datetime) -> int:
    """Difference of calendar dates in UTC; negative once past."""
    return (expires_at.astimezone(UTC).date() - now.astimezone(UTC).date()).days


def derived_status(
    status: str, expires_at: datetime, expiring_soon_days: int, now: datetime
) -> ExpiryStatus:
    """The status of contract certifications at `now`, from the stored one and its type's window.

    `CertificationQuerySet.with_expiry_status` says the same to the database.
    """
    if status in (CertificationStatus.SUSPENDED, CertificationStatus.REVOKED):
        return ExpiryStatus(status)
    if status == CertificationStatus.EXPIRED or expires_at <= now:
        return ExpiryStatus.EXPIRED
    if days_until(expires_at, now) <= expiring_soon_days:
        return ExpiryStatus.EXPIRING_SOON
    return ExpiryStatus.ACTIVE


class CertificationQuerySet(models.QuerySet["Certification"]):
    def visible_to(self, account: AbstractBaseUser | AnonymousUser) -> CertificationQuerySet:
        """Those of mentors that the account may see."""
        if not is_limited(account):
            return self
        return self.coordinated_by(account.pk)

    def coordinated_by(self, account_pk: Any) -> CertificationQuerySet:
        """Those of mentors whose coordinator is the account of that key."""
        return self.filter(mentor__in=Mentor.objects.coordinated_by(account_pk))

    def expiring_within(self, *, days: int, now: datetime) -> CertificationQuerySet:
        """Active ones that expire between `now` and `days` later, soonest first."""
        return self.expiring_until(now + timedelta(days=days), now=now)

    def expiring_until(self, end: Moment, *, now: Moment) -> CertificationQuerySet:
        """Active ones that expire between `now` and `end`, both included, soonest first."""
        return self.filter(
            status=CertificationStatus.ACTIVE, expires_at__gte=now, expires_at__lte=end
        ).order_by("expires_at", "id")

    def expiring_between(
        self, start: datetime, end: datetime, *, now: datetime
    ) -> CertificationQuerySet:
        """Active ones that expire from `start` up to, not at, `end`, and not before `now`."""
        return self.filter(
            status=CertificationStatus.ACTIVE,
            expires_at__gte=max(start, now),
            expires_at__lt=end,
        )

    def lapsed(self, now: datetime) -> CertificationQuerySet:
        """Those that have expired, whether or not the check has stored it yet."""
        return self.filter(
            Q(status=CertificationStatus.EXPIRED)
            | Q(status=CertificationStatus.ACTIVE, expires_at__lt=now)
        )

    def lapsed_last(self, now: datetime) -> CertificationQuerySet:
        """Those that have expired by their date, the latest first: along the index on the date."""
        return self.filter(
            status__in=[CertificationStatus.ACTIVE, CertificationStatus.EXPIRED],
            expires_at__lt=now,
        ).order_by("-expires_at", "-id")

    def overdue(self, now: datetime) -> CertificationQuerySet:
        """Active ones whose moment of expiry has come."""
        return self.filter(status=CertificationStatus.ACTIVE, expires_at__lte=now)

    def held_by(self, mentor_id: str | Given) -> CertificationQuerySet:
        """The mentor's, the current one first: latest issued, then latest changed."""
        return self.filter(mentor_id=mentor_id).order_by(
            "-issued_at", "-updated_at", "certification_type_id"
        )

    def current_for(self, mentor_id: str, certification_type: str | None = None) -> Certification:
        """The mentor's current certification, or the one of that type; `CertificationNotFound`."""
        held = self.held_by(mentor_id)
        if certification_type is not None:
            held = held.filter(certification_type_id=certification_type)
        certification = held.first()
        if certification is None:
            raise CertificationNotFound(mentor_id, certification_type)
        return certification

    def with_expiry_status(self, *statuses: str, now: datetime) -> CertificationQuerySet:
        """Those whose derived status at `now` is one of `statuses`; costs a query on the types."""
        return self.filter(reduce(or_, [_has_expiry_status(status, now) for status in statuses]))


def _has_expiry_status(status: str, now: datetime) -> Q:
    """The rows whose derived status at `now` is `status`."""
    if status in (ExpiryStatus.SUSPENDED, ExpiryStatus.REVOKED):
        return Q(status=status)
    active = Q(status=CertificationStatus.ACTIVE)
    if status == ExpiryStatus.EXPIRED:
        return Q(status=CertificationStatus.EXPIRED) | active & Q(expires_at__lte=now)
    soon = Q(pk__in=[])
    for days, codes in CertificationType.objects.by_expiring_soon_days().items():
        soon |= Q(certification_type_id__in=codes, expires_at__lt=start_of_day(now, days=days + 1))
    wanted = soon if status == ExpiryStatus.EXPIRING_SOON else ~soon
    return active & wanted & Q(expires_at__gt=now)


class Certification(models.Model):
    """One certification of one mentor. `cert_type` and `certification_type`, `expires_at` and
    `expiry_date` of the contracts are the same columns here."""

    # The unique constraint and the indexes below begin with these two: they need none of their own.
    mentor = models.ForeignKey(
        Mentor,
        verbose_name=_("mentor"),
        on_delete=models.CASCADE,
        related_name="certifications",
        db_index=False,
    )
    certification_type = models.ForeignKey(
        CertificationType,
        verbose_name=_("certification type"),
        on_delete=models.PROTECT,
        related_name="certifications",
        db_index=False,
    )
    status = models.CharField(
        _("status"), max_length=9, choices=CertificationStatus, default=CertificationStatus.ACTIVE
    )
    issued_at = models.DateTimeField(_("issued at"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires at"))
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("updated at"), default=timezone.now, editable=False)

    objects = CertificationQuerySet.as_manager()
    history = HistoricalRecords()
    tallied = ("certification_type", "status")
    #: Columns that never change: a PUT may correct all others, the type as well.
    fixed_columns = ("mentor_id",)

    class Meta:
        verbose_name = _("certification")
        verbose_name_plural = _("certifications")
        constraints = [
            models.UniqueConstraint(
                fields=["mentor", "certification_type"],
                name="certification_once_per_mentor_and_type",
                violation_error_message=_("The mentor holds a certification of this type already."),
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("issued_at")),
                name="certification_expires_after_issue",
                violation_error_message=_("It has to expire later than it was issued."),
            ),
            models.CheckConstraint(
                condition=Q(status__in=CertificationStatus.values),
                name="certification_status_known",
            ),
        ]
        indexes = [
            models.Index(fields=["expires_at", "id"], name="certification_expires"),
            models.Index(
                fields=["status", "expires_at", "id"], name="certification_status_expires"
            ),
            models.Index(
                fields=["certification_type", "expires_at", "id"], name="certification_type_expires"
            ),
            models.Index(fields=["issued_at", "id"], name="certification_issued"),
            models.Index(fields=["updated_at", "id"], name="certification_updated"),
            # Whoever counts the mentors that hold an active one reads this index and no table.
            models.Index(
                fields=["mentor"],
                condition=Q(status="active"),
                name="certification_active_mentor",
            ),
        ]

    def __str__(self) -> str:
        return gettext("%(certification)s of %(mentor)s") % {
            "certification": self.certification_type_id,
            "mentor": self.mentor_id,
        }

    def days_until_expiry(self, now: datetime) -> int:
        """Difference of calendar dates in UTC; negative once past."""
        return days_until(self.expires_at, now)

    def expiry_status(self, now: datetime) -> ExpiryStatus:
        """The derived status at `now`."""
        window = self.certification_type.expiring_soon_days
        return derived_status(self.status, self.expires_at, window, now)


class RenewalQuerySet(models.QuerySet["Renewal"]):
    def visible_to(self, account: AbstractBaseUser | AnonymousUser) -> RenewalQuerySet:
        """Those of certifications that the account may see."""
        if not is_limited(account):
            return self
        return self.filter(certification__in=Certification.objects.visible_to(account))


class Renewal(models.Model):
    """An entry of a certification's renewal history, ordered by `renewed_at`."""

    certification = models.ForeignKey(
        Certification,
        verbose_name=_("certification"),
        on_delete=models.CASCADE,
        related_name="renewals",
        db_index=False,  # the unique constraint begins with it
    )
    renewed_at = models.DateTimeField(_("renewed at"))
    expires_at = models.DateTimeField(_("expires at"))
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)

    objects = RenewalQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("renewal")
        verbose_name_plural = _("renewals")
        ordering = ["renewed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["certification", "renewed_at"], name="renewal_once_per_moment"
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("renewed_at")), name="renewal_expires_after_renewal"
            ),
        ]

    def __str__(self) -> str:
        return gettext("%(certification)s renewed %(day)s") % {
            "certification": self.certification,
            "day": f"{self.renewed_at:%Y-%m-%d}",
        }
