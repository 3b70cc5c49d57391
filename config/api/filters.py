"""django-filter for our lists: a wrong value is a 400 that names the parameter."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import QueryDict
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


class AnyOfWidget(forms.Widget):
    """Hands over all values of a parameter, as often as it is given; None where it is not."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str] | None:
        return data.getlist(name) if name in data else None


class AnyOfFormField(forms.Field):
    """A parameter that may be given several times; the checked value is a list without repeats."""

    widget = AnyOfWidget

    def __init__(self, *, one: forms.Field, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.one = one

    def clean(self, value: Any) -> list[Any]:
        checked: dict[Any, None] = {}
        errors: list[ValidationError] = []
        for text in dict.fromkeys(value or ()):
            try:
                checked[self.one.clean(text)] = None
            except ValidationError as error:
                errors += error.error_list
        if errors:
            raise ValidationError(errors)
        return list(checked)


class AnyOfFilter(django_filters.Filter):
    """Rows whose column has the value, or one of the values where the parameter is repeated."""

    field_class = AnyOfFormField

    def one(self) -> forms.Field:
        """What checks a single value."""
        raise NotImplementedError

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.extra["one"] = self.one()

    def filter(self, qs: QuerySet[Any, Any], value: Any) -> QuerySet[Any, Any]:
        if not value:
            return qs
        if len(value) == 1:
            return qs.filter(**{str(self.field_name): value[0]})
        # By the key that a foreign key leads to: its own `__in` takes placeholders for values.
        field: Any = qs.model._meta.get_field(str(self.field_name))
        column = f"{field.name}__pk" if field.is_relation else field.name
        return qs.filter(**{f"{column}__in": value})


class TextFilter(AnyOfFilter):
    """A text, or any of several."""

    def one(self) -> forms.Field:
        return forms.CharField()


class WordFilter(AnyOfFilter):
    """One of the words that there are, or any of several."""

    def __init__(self, *args: Any, choices: Sequence[tuple[str, Any]], **kwargs: Any) -> None:
        self.choices = list(choices)
        super().__init__(*args, **kwargs)

    def one(self) -> forms.Field:
        return forms.ChoiceField(choices=self.choices)


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


class FromFilter(UtcDateTimeFilter):
    """Rows of that moment or later. With `BeforeFilter`, ranges that touch share no row, and none
    falls between them."""

    def __init__(self, field_name: str, **kwargs: Any) -> None:
        kwargs = {"help_text": "At this moment or later.", **kwargs}
        super().__init__(field_name=field_name, lookup_expr="gte", **kwargs)


class BeforeFilter(UtcDateTimeFilter):
    """Rows from before that moment, which itself is not among them."""

    def __init__(self, field_name: str, **kwargs: Any) -> None:
        kwargs = {"help_text": "Before this moment, not at it.", **kwargs}
        super().__init__(field_name=field_name, lookup_expr="lt", **kwargs)


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
_COMPARING = (AnyOfFilter, UtcDateTimeFilter)


@dataclass(frozen=True)
class Narrowing:
    """What a set of filters does to a list, whatever their values are.

    `places` are the filters that compare a column, each with the names of its values; `ordering`
    has the values of the filter that orders.
    """

    filterset_class: type[django_filters.FilterSet]
    places: tuple[tuple[str, tuple[str, ...]], ...]
    ordering: tuple[str, tuple[str, ...]] | None

    def __call__(self, rows: QuerySet[Any, Any], values: Mapping[str, Any]) -> QuerySet[Any, Any]:
        filters = _filterset(self.filterset_class).filters
        for name, places in self.places:
            given = [values[place] for place in places]
            takes_several = isinstance(filters[name], AnyOfFilter)
            rows = filters[name].filter(rows, given if takes_several else given[0])
        if self.ordering is not None:
            name, asked = self.ordering
            rows = filters[name].filter(rows, list(asked))
        return rows


def narrowing(
    filterset_class: type[django_filters.FilterSet], parameters: QueryDict
) -> tuple[Narrowing, dict[str, Any]] | None:
    """What the parameters ask for, and the checked values.

    None where it takes a filter with rules of its own, or a value is wrong: then the filterset has
    to see to it.
    """
    filterset = _filterset(filterset_class)
    places: list[tuple[str, tuple[str, ...]]] = []
    values: dict[str, Any] = {}
    ordering = None
    for name in sorted(parameters):
        kind = filterset.filters.get(name)
        if kind is None:
            continue
        field = filterset.form.fields[name]
        try:
            value = field.clean(field.widget.value_from_datadict(parameters, {}, name))
        except ValidationError:
            return None
        if isinstance(kind, StableOrderingFilter):
            ordering = (name, tuple(value))
        elif isinstance(kind, _COMPARING) and kind.method is None:
            given = _padded(value) if isinstance(kind, AnyOfFilter) else {"": value}
            named = {f"{name}{place}": each for place, each in given.items()}
            places.append((name, tuple(named)))
            values |= named
        else:
            return None
    return Narrowing(filterset_class, tuple(places), ordering), values


def _padded(values: list[Any]) -> dict[str, Any]:
    """The values by their place, the last one repeated up to a power of two.

    Each number of values is a query of its own: so there are few of them.
    """
    size = 1 << (len(values) - 1).bit_length()
    repeated = [*values, *values[-1:] * (size - len(values))]
    return {f"[{place}]": value for place, value in enumerate(repeated)}


@functools.cache
def repeatable(filterset_class: type[django_filters.FilterSet]) -> set[str]:
    """The parameters that may be given several times, for any of the values."""
    filters = filterset_class.base_filters.items()
    return {name for name, kind in filters if isinstance(kind, AnyOfFilter)}


@functools.cache
def _filterset(filterset_class: type[django_filters.FilterSet]) -> Any:
    model: Any = filterset_class.Meta.model  # type: ignore[attr-defined]
    return filterset_class({}, queryset=model._default_manager.none())
