"""Filters of lists."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib import admin
from django.contrib.admin.exceptions import NotRegistered
from django.contrib.admin.options import ModelAdmin
from django.contrib.admin.views.main import ChangeList
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


def parameters_of_links(listed: ChangeList, request: HttpRequest) -> Iterator[tuple[str, str]]:
    """What the filters that are links have put into the address.

    Those that are fields are submitted by themselves; of the links the theme submits but those
    with one parameter that they keep as `lookup_val`.
    """
    for spec in listed.filter_specs:
        if spec.template != admin.ListFilter.template:
            continue
        has_value = getattr(spec, "lookup_val", None)
        submitted = getattr(spec, "lookup_kwarg", None) if has_value else None
        for name in spec.expected_parameters():
            if name and name != submitted:
                yield from ((name, value) for value in request.GET.getlist(name))
