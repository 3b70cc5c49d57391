"""django-filter for our lists: a wrong value is a 400 that names the parameter."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django_filters.fields import BaseCSVField
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import serializers

from config.api.bodies import query_faults
from config.api.fields import UtcDateTimeField
from config.errors import InvalidError


class QueryFilterBackend(DjangoFilterBackend):
    def filter_queryset(
        self, request: Any, queryset: QuerySet[Any, Any], view: Any
    ) -> QuerySet[Any, Any]:
        filterset = self.get_filterset(request, queryset, view)
        if filterset is None:
            return queryset
        if not filterset.is_valid():
            raise InvalidError(*query_faults(filterset.errors))
        return filterset.qs


class UtcDateTimeFormField(forms.Field):
    """A moment in a query string, read as `UtcDateTimeField` reads it in a body, of any year."""

    def to_python(self, value: Any) -> Any:
        # Left out; an empty one is a moment that someone forgot.
        if value is None:
            return None
        try:
            return UtcDateTimeField(any_year=True).run_validation(value)
        except serializers.ValidationError as error:
            raise forms.ValidationError([str(detail) for detail in error.detail]) from error


class UtcDateTimeFilter(django_filters.Filter):
    field_class = UtcDateTimeFormField


class WholeNumberFilter(django_filters.Filter):
    field_class = forms.IntegerField


class OrderingFormField(BaseCSVField):
    """Names of fields to order by, at least one."""

    def clean(self, value: Any) -> Any:
        if value is not None and not (value and all(value)):
            raise forms.ValidationError("Name a field to order by.", code="invalid")
        return super().clean(value)


class StableOrderingFilter(django_filters.OrderingFilter):
    """Orders by what was asked and then by id, so that equal rows don't change pages."""

    base_field_class = OrderingFormField

    def filter(self, qs: QuerySet[Any, Any], value: Any) -> QuerySet[Any, Any]:
        if not value:
            return qs
        orders = [self.get_ordering_value(param) for param in value]
        return qs.order_by(*orders, "-id" if orders[-1].startswith("-") else "id")


#: Filters that compare a column with the value and do nothing else.
_COMPARING = (django_filters.CharFilter, django_filters.ChoiceFilter, UtcDateTimeFilter)


@dataclass(frozen=True)
class Narrowing:
    """What a set of filters does to a list, whatever their values are.

    `names` are those that compare a column; `ordering` the values of the one that orders.
    """

    filterset_class: type[django_filters.FilterSet]
    names: tuple[str, ...]
    ordering: tuple[str, tuple[str, ...]] | None

    def __call__(self, rows: QuerySet[Any, Any], values: Mapping[str, Any]) -> QuerySet[Any, Any]:
        filters = _filterset(self.filterset_class).filters
        for name in self.names:
            rows = filters[name].filter(rows, values[name])
        if self.ordering is not None:
            name, asked = self.ordering
            rows = filters[name].filter(rows, list(asked))
        return rows


def narrowing(
    filterset_class: type[django_filters.FilterSet], parameters: Mapping[str, str]
) -> tuple[Narrowing, dict[str, Any]] | None:
    """What the parameters ask for, and the checked values.

    None where it takes a filter with rules of its own, or a value is wrong: then the filterset has
    to see to it.
    """
    filterset = _filterset(filterset_class)
    values: dict[str, Any] = {}
    ordering = None
    for name, text in parameters.items():
        kind = filterset.filters.get(name)
        if kind is None:
            continue
        try:
            value = filterset.form.fields[name].clean(_as_form_data(kind, text))
        except ValidationError:
            return None
        if value in (None, "", []):
            continue
        if isinstance(kind, StableOrderingFilter):
            ordering = (name, tuple(value))
        elif isinstance(kind, _COMPARING) and kind.method is None:
            values[name] = value
        else:
            return None
    values = {name: values[name] for name in sorted(values)}
    return Narrowing(filterset_class, tuple(values), ordering), values


def _as_form_data(kind: django_filters.Filter, text: str) -> Any:
    """The text as the widget of the filter's form would hand it over."""
    return text.split(",") if isinstance(kind, StableOrderingFilter) and text else text


@functools.cache
def _filterset(filterset_class: type[django_filters.FilterSet]) -> Any:
    model: Any = filterset_class.Meta.model  # type: ignore[attr-defined]
    return filterset_class({}, queryset=model._default_manager.none())
