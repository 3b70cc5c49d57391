"""Filters of the list of earned badges; each has its index."""

from __future__ import annotations

from typing import Any

import django_filters

from badges.models import EarnedBadge
from badges.models.definition import DEFINITION_ID
from config.api.filters import UtcDateTimeFilter
from config.errors import NotFoundError


class EarnedBadgeFilters(django_filters.FilterSet):
    peer_mentor_id = django_filters.CharFilter(field_name="mentor_id")
    badge_definition_id = django_filters.CharFilter(method="of_definition")
    revoked = django_filters.ChoiceFilter(
        choices=[("true", "true"), ("false", "false")], method="by_revocation"
    )
    awarded_after = UtcDateTimeFilter(field_name="awarded_at", lookup_expr="gt")
    awarded_before = UtcDateTimeFilter(field_name="awarded_at", lookup_expr="lt")

    class Meta:
        model = EarnedBadge
        fields: list[str] = []

    def of_definition(self, queryset: Any, name: str, value: str) -> Any:
        try:
            return queryset.filter(definition=DEFINITION_ID.parse(value))
        except NotFoundError:
            return queryset.none()

    def by_revocation(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.filter(revoked_at__isnull=value == "false")
