"""Lists that are asked for by POST: filter, sort and page in the body, figures in headers.

The form of the /v2 APIs (contract certificate-v2, operation index).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db import router
from django.db.models import F, Q, QuerySet
from django.db.models.expressions import OrderBy
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param

from config.api.bodies import InputSerializer, QuerySerializer
from config.api.fields import DateField, StringField, WholeNumberField

DEFAULT_PER_PAGE = MAX_PER_PAGE = 100
#: Values that a filter takes at most where it takes several.
MAX_VALUES = 1000


class AnyOf(serializers.Field[Any, Any, Any, Any]):
    """A filter on one field: a value, or a list of values (any of them); null means unset.

    The checked value is a list of values, with None for unset.
    """

    default_error_messages = {"too_many": f"Give at most {MAX_VALUES} values."}

    def __init__(self, value: serializers.Field[Any, Any, Any, Any], **kwargs: Any) -> None:
        super().__init__(required=False, allow_null=True, **kwargs)
        self.value = value

    def to_internal_value(self, data: Any) -> list[Any]:
        if not isinstance(data, list):
            return [self.one(data)]
        if len(data) > MAX_VALUES:
            self.fail("too_many")
        return [None if item is None else self.one(item) for item in data]

    def one(self, data: Any) -> Any:
        """One value, checked."""
        return self.value.run_validation(data)

    def condition(self, column: str, values: list[Any] | None) -> Q:
        """The rows whose `column` has one of `values`."""
        if values is None:
            return Q(**{f"{column}__isnull": True})
        given = [value for value in values if value is not None]
        condition = Q(**{f"{column}__in": given})
        return condition | self.condition(column, None) if len(given) < len(values) else condition


class PartOf(AnyOf):
    """A filter that a part of the text satisfies, in capital or small letters.

    It asks a `FoldedField` beside the column, named for it: `name_folded`.
    """

    def condition(self, column: str, values: list[Any] | None) -> Q:
        if values is None:
            return super().condition(column, None)
        condition = Q(pk__in=[])
        for value in values:
            condition |= (
                self.condition(column, None)
                if value is None
                else Q(**{f"{column}_folded__contains": value.casefold()})
            )
        return condition


class Span(serializers.Serializer[Any]):
    """Dates from one day to another, both included; one of the two may be left out."""

    to = DateField(required=False)

    def get_fields(self) -> dict[str, Any]:
        # `from` is a keyword of Python's.
        return {"from": DateField(required=False), **super().get_fields()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            raise serializers.ValidationError("Give a day for from, to, or both.")
        return attrs


class DaysOf(AnyOf):
    """A filter on a date: a day, `{"from", "to"}`, or a list of such."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(DateField(), **kwargs)

    def one(self, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return super().one(data)
        if unknown := [str(key) for key in data if key not in ("from", "to")]:
            raise serializers.ValidationError(f"There is no {', '.join(unknown)} in a span.")
        return Span().run_validation(data)

    def condition(self, column: str, values: list[Any] | None) -> Q:
        days = [value for value in values or [] if not isinstance(value, Mapping)]
        condition = super().condition(column, None if values is None else days)
        for span in values or []:
            if isinstance(span, Mapping):
                bounds = {"from": f"{column}__gte", "to": f"{column}__lte"}
                condition |= Q(**{bounds[end]: day for end, day in span.items()})
        return condition


class AnyOfSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    target_class = "config.api.index.AnyOf"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        one = auto_schema._map_serializer_field(self.target.value, direction)
        kinds = [one]
        if isinstance(self.target, DaysOf):
            day = {"type": "string", "format": "date"}
            kinds.append({"type": "object", "properties": {"from": day, "to": day}})
        several = {"type": "array", "items": {"oneOf": kinds} if len(kinds) > 1 else one}
        return {"oneOf": [*kinds, several, {"type": "null"}]}


class SortField(StringField):
    """Field names by comma, `-` before one reverses it; the checked value is a list of them."""

    def __init__(self, names: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(required=False, help_text=f"By comma: {', '.join(names)}.", **kwargs)
        self.names = names

    def to_internal_value(self, data: Any) -> Any:
        words = [word.strip() for word in super().to_internal_value(data).split(",")]
        names = [word.removeprefix("-") for word in words]
        if unknown := [name for name in names if name not in self.names]:
            known = ", ".join(self.names)
            raise serializers.ValidationError(
                f"There is no order by {', '.join(unknown) or 'nothing'}; use {known}."
            )
        if len(set(names)) < len(names):
            raise serializers.ValidationError("Name each field once.")
        return words


class IndexInput(InputSerializer):
    """What an index takes. A subclass declares the class of its filters and its sort names."""

    filters: ClassVar[type[InputSerializer]]
    sorts: ClassVar[tuple[str, ...]]
    default_sort: ClassVar[tuple[str, ...]]
    #: Columns of sort names that are called otherwise, or have another of the same order.
    columns: ClassVar[dict[str, str]] = {}

    def get_fields(self) -> dict[str, Any]:
        size = WholeNumberField(
            min_value=1, required=False, help_text=f"Default and at most {MAX_PER_PAGE}."
        )
        return {
            "filter": self.filters(required=False),
            "per-page": size,
            "page": WholeNumberField(min_value=1, max_value=10**9, required=False),
            "sort": SortField(self.sorts),
            **super().get_fields(),
        }

    def conditions(self) -> Q:
        """The conditions that the checked `filter` sets."""
        condition = Q()
        given = self.validated_data.get("filter", {})
        for field in self.filters().fields.values():
            if isinstance(field, AnyOf) and field.source in given:
                condition &= field.condition(str(field.source), given[field.source])
        return condition

    def order(self, key: str) -> list[OrderBy]:
        """What was asked for, then `key`, so that equal rows don't change pages.

        What is unset counts as later than all that is set.
        """
        words = self.validated_data.get("sort") or list(self.default_sort)
        words.append(f"-{key}" if words[-1].startswith("-") else key)
        names = [(word.removeprefix("-"), word.startswith("-")) for word in words]
        columns = [(F(self.columns.get(name, name)), reversed_) for name, reversed_ in names]
        return [
            column.desc(nulls_first=True) if reversed_ else column.asc(nulls_last=True)
            for column, reversed_ in columns
        ]


class PageQuery(QuerySerializer):
    """Page and size in the query string, as `Link` gives them: they count before the body's."""

    page = serializers.IntegerField(min_value=1, max_value=10**9, required=False)

    def get_fields(self) -> dict[str, Any]:
        size = serializers.IntegerField(min_value=1, required=False)
        return {"per-page": size, **super().get_fields()}


def page_response(
    request: Request, rows: QuerySet[Any, Any], asked: Mapping[str, Any]
) -> tuple[list[Any], dict[str, str]]:
    """The asked page of `rows`, and the headers that describe it. At most two queries."""
    number = asked.get("page", 1)
    size = min(asked.get("per-page", DEFAULT_PER_PAGE), MAX_PER_PAGE)
    offset = (number - 1) * size
    rows = rows.using(router.db_for_read(rows.model, is_list=True))
    found = list(rows[offset : offset + size])
    # A page that is not full is the last one, and tells the total by itself.
    is_last = len(found) < size and (found or not offset)
    total = offset + len(found) if is_last else rows.count()
    pages = -(-total // size)
    headers = {
        "X-Pagination-Current-Page": str(number),
        "X-Pagination-Page-Count": str(pages),
        "X-Pagination-Per-Page": str(size),
        "X-Pagination-Total-Count": str(total),
        "Link": _link_header(request, number, size, max(pages, 1)),
    }
    return found, headers


def _link_header(request: Request, page: int, size: int, last: int) -> str:
    """Links to the first, previous, next and last page (RFC 8288): POST the same body there."""
    numbers = {"first": 1}
    if page > 1:
        numbers["prev"] = min(page - 1, last)
    if page < last:
        numbers["next"] = page + 1
    numbers["last"] = last
    url = replace_query_param(request.build_absolute_uri(), "per-page", size)
    return ", ".join(
        f'<{replace_query_param(url, "page", number)}>; rel="{rel}"'
        for rel, number in numbers.items()
    )
