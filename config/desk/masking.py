"""Columns that hold credentials: shown to those who may change the row, masked to all others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from simple_history.template_utils import HistoricalRecordContextHelper


class MasksCredentials:
    """For an admin of such rows: the first of its bases.

    Nobody can look for what is masked either, by the search or by a filter in the address: that
    would tell it letter by letter.
    """

    #: For each column how its value is masked.
    masks: ClassVar[dict[str, Callable[[Any], Any]]]

    def __init__(self, model: Any, admin_site: Any) -> None:
        super().__init__(model, admin_site)  # type: ignore[call-arg]
        for column, mask in self.masks.items():
            setattr(self, _masked(column), _show(model._meta.get_field(column), mask))

    def sees_credentials(self, request: HttpRequest) -> bool:
        """Whoever may change them may read them."""
        return bool(self.has_change_permission(request))  # type: ignore[attr-defined]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[Any]:
        fields = super().get_fields(request, obj)  # type: ignore[misc]
        return self._shown(request, fields)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        fields = super().get_readonly_fields(request, obj)  # type: ignore[misc]
        if self.sees_credentials(request):
            return list(fields)
        return [*fields, *map(_masked, self.masks)]

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return self._shown(request, super().get_list_display(request))  # type: ignore[misc]

    def get_search_fields(self, request: HttpRequest) -> Sequence[str]:
        fields = super().get_search_fields(request)  # type: ignore[misc]
        if self.sees_credentials(request):
            return list(fields)
        return [field for field in fields if field not in self.masks]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        column = lookup.partition("__")[0]
        if column in self.masks and not self.sees_credentials(request):
            return False
        return bool(super().lookup_allowed(lookup, value, request))  # type: ignore[misc]

    def get_historical_record_context_helper(
        self, request: HttpRequest, historical_record: Any
    ) -> HistoricalRecordContextHelper:
        """How the pages of the history write what changed."""
        if self.sees_credentials(request):
            return HistoricalRecordContextHelper(self.model, historical_record)  # type: ignore[attr-defined]
        return _MaskedChanges(self.model, historical_record, self.masks)  # type: ignore[attr-defined]

    def _shown(self, request: HttpRequest, fields: Sequence[Any]) -> list[Any]:
        """The columns, those that are masked in the places of the true ones."""
        if self.sees_credentials(request):
            return list(fields)
        stand_ins = {column: _masked(column) for column in self.masks}
        named = [field for field in fields if field not in stand_ins.values()]
        return [stand_ins.get(field, field) for field in named]


class _MaskedChanges(HistoricalRecordContextHelper):
    def __init__(
        self, model: Any, historical_record: Any, masks: dict[str, Callable[[Any], Any]]
    ) -> None:
        super().__init__(model, historical_record)
        self._masks = masks

    def prepare_delta_change_value(self, change: Any, value: Any) -> Any:
        mask = self._masks.get(change.field)
        return super().prepare_delta_change_value(change, mask(value) if mask else value)


def _masked(column: str) -> str:
    return f"masked_{column}"


def _show(field: Any, mask: Callable[[Any], Any]) -> Callable[[Any], Any]:
    @admin.display(description=field.verbose_name)
    def show(row: Any) -> Any:
        return mask(getattr(row, field.attname)) or "-"

    return show
