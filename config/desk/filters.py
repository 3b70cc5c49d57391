"""Filters of lists."""

from __future__ import annotations

from django.contrib.admin.exceptions import NotRegistered
from django.contrib.admin.options import ModelAdmin
from django.db.models import ForeignKey
from django.http import HttpRequest
from unfold.contrib.filters.admin import RelatedDropdownFilter


class VisibleRelatedFilter(RelatedDropdownFilter):
    """Offers those related rows that the account may see in their own list."""

    def field_choices(
        self, field: ForeignKey, request: HttpRequest, model_admin: ModelAdmin
    ) -> list[tuple[object, str]]:
        try:
            related = model_admin.admin_site.get_model_admin(field.remote_field.model)
        except NotRegistered:
            return list(super().field_choices(field, request, model_admin))
        rows = related.get_queryset(request)
        return sorted(((row.pk, str(row)) for row in rows), key=lambda choice: choice[1].lower())
