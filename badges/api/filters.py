"""Filters of the list of earned badges; each has its index."""

from __future__ import annotations

from contextlib import suppress
from functools import reduce
from operator import or_
from typing import Any

import django_filters
from django.db.models import Q

from badges.models import EarnedBadge
from badges.models.definition import DEFINITION_ID
from config.api.filters import BeforeFilter, FromFilter, TextFilter, WordFilter
from config.errors import NotFoundError


class EarnedBadgeFilters(django_filters.FilterSet):
    peer_mentor_id = TextFilter(field_name="mentor_id")
    badge_definition_id = TextFilter(method="of_definition")
    revoked = WordFilter(choices=[("true", "true"), ("false", "false")], method="by_revocation")
    awarded_after = FromFilter("awarded_at")
    awarded_before = BeforeFilter("awarded_at")

    class Meta:
        model = EarnedBadge
        fields: list[str] = []

    def of_definition(self, queryset: Any, name: str, value: list[str]) -> Any:
        numbers = []
        for public_id in value:
            with suppress(NotFoundError):
                numbers.append(DEFINITION_ID.parse(public_id))
        # One alone is compared by `=`, of which there is a row count.
        return queryset.filter(
            **({"definition": numbers[0]} if len(numbers) == 1 else {"definition__in": numbers})
        )

    def by_revocation(self, queryset: Any, name: str, value: list[str]) -> Any:
        return queryset.filter(reduce(or_, [Q(revoked_at__isnull=w == "false") for w in value]))
