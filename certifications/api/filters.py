"""Filters and orders of the lists; each has its index."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.utils import timezone

from certifications.api.serializers import MAX_WITHIN_DAYS
from certifications.models import Certification, CertificationStatus, ExpiryStatus, Mentor
from certifications.services.types import type_code
from config.api.filters import (
    BeforeFilter,
    FromFilter,
    StableOrderingFilter,
    TextFilter,
    WholeNumberFilter,
    WordFilter,
)

RECORD_ORDERS = ["mentor_id", "issued_at", "expires_at", "updated_at"]


class TypeFormField(forms.CharField):
    """The code of a type, however it was typed."""

    def clean(self, value: Any) -> str:
        return type_code(super().clean(value))


class TypeFilter(TextFilter):
    """Rows of a type, or of any of several."""

    def one(self) -> forms.Field:
        return TypeFormField()


class CertificationFilters(django_filters.FilterSet):
    """What the lists of contracts 1 and 2 share."""

    mentor_id = TextFilter(field_name="mentor_id")
    expires_after = FromFilter("expires_at")
    expires_before = BeforeFilter("expires_at")

    class Meta:
        model = Certification
        fields: list[str] = []


class RecordFilters(CertificationFilters):
    cert_type = TypeFilter(field_name="certification_type_id")
    status = WordFilter(field_name="status", choices=CertificationStatus.choices)
    ordering = StableOrderingFilter(fields=RECORD_ORDERS)


class ExpiringFilters(django_filters.FilterSet):
    """Of records that expire soon, which are sorted by that unless `ordering` says otherwise."""

    mentor_id = TextFilter(field_name="mentor_id")
    cert_type = TypeFilter(field_name="certification_type_id")
    ordering = StableOrderingFilter(fields=RECORD_ORDERS)

    class Meta:
        model = Certification
        fields: list[str] = []


class ExpiryFilters(CertificationFilters):
    certification_type = TypeFilter(field_name="certification_type_id")
    status = WordFilter(choices=ExpiryStatus.choices, method="by_status")
    within_days = WholeNumberFilter(
        method="expiring_within",
        min_value=0,
        max_value=MAX_WITHIN_DAYS,
        help_text="Active ones that expire within so many days from now, soonest first.",
    )
    ordering = StableOrderingFilter(
        fields=[
            ("mentor_id", "mentor_id"),
            ("expires_at", "expiry_date"),
            ("updated_at", "updated_at"),
        ]
    )

    def by_status(self, queryset: Any, name: str, value: list[str]) -> Any:
        return queryset.with_expiry_status(*value, now=timezone.now())

    def expiring_within(self, queryset: Any, name: str, value: int) -> Any:
        return queryset.expiring_within(days=value, now=timezone.now())


class MentorFilters(django_filters.FilterSet):
    organisation_id = TextFilter(field_name="organisation_id")
    language = TextFilter(field_name="language")

    class Meta:
        model = Mentor
        fields: list[str] = []
