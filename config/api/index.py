"""Lists that are asked for by POST: filter, sort and page in the body, figures in headers.

The form of the /v2 APIs (contract certificate-v2, operation index).
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from django.db.models import F, Q, QuerySet
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.bodies import InputSerializer, QuerySerializer, reader
from config.api.fields import DateField, StringField, WholeNumberField
from config.api.pagination import address_without
from config.api.words import WORDS

DEFAULT_PER_PAGE = MAX_PER_PAGE = 100
#: Values that a filter takes at most where it takes several; of conditions that no list of values
#: in the database stands for, each of which is looked at for every row.
MAX_VALUES, MAX_CONDITIONS = 1000, 20
#: Characters of a part of a text among several: an index on parts has threes of them, and what is
#: shorter reads every row.
MIN_PART = 3


class AnyOf(serializers.Field[Any, Any, Any, Any]):
    """A filter on one field: a value, or a list of values (any of them); null means unset.

    The checked value is a list of values, with None for unset.
    """

    default_error_messages = {"too_many": "Give at most {most} values."}
    most: ClassVar[int] = MAX_VALUES

    def __init__(self, value: serializers.Field[Any, Any, Any, Any], **kwargs: Any) -> None:
        super().__init__(required=False, allow_null=True, **kwargs)
        self.value = value

    def to_internal_value(self, data: Any) -> list[Any]:
        if not isinstance(data, list):
            return [self.one(data)]
        if len(data) > self.most:
            self.fail("too_many", most=self.most)
        return [None if item is None else self.one(item) for item in data]

    def one(self, data: Any) -> Any:
        """One value, checked."""
        return self.value.run_validation(data)

    def only_value(self, values: list[Any] | None) -> Any:
        """The one value that a column has to be equal to; None where it is not as simple."""
        return values[0] if values and len(values) == 1 else None

    def condition(self, column: str, values: list[Any] | None) -> Q:
        """The rows whose `column` has one of `values`."""
        if values is None:
            return Q(**{f"{column}__isnull": True})
        given = [value for value in values if value is not None]
        condition = Q(**{f"{column}__in": given})
        return condition | self.condition(column, None) if len(given) < len(values) else condition


class PartOf(AnyOf):
    """A filter that a part of the text satisfies, in capital or small letters.

    It asks a `FoldedField` beside the column, named for it: `name_folded`. A part of one or two
    characters is fine alone; several of them would read every row so many times.
    """

    default_error_messages = {"short": f"Of several, each needs {MIN_PART} characters or more."}
    most = MAX_CONDITIONS

    def to_internal_value(self, data: Any) -> list[Any]:
        values = super().to_internal_value(data)
        parts = [value for value in values if value is not None]
        if len(parts) > 1 and any(len(part) < MIN_PART for part in parts):
            self.fail("short")
        return values

    def only_value(self, values: list[Any] | None) -> None:
        return None

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

    to = DateField(required=False, any_year=True)

    def get_fields(self) -> dict[str, Any]:
        # `from` is a keyword of Python's.
        return {"from": DateField(required=False, any_year=True), **super().get_fields()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            raise serializers.ValidationError("Give a day for from, to, or both.")
        return attrs


class DaysOf(AnyOf):
    """A filter on a date: a day, `{"from", "to"}`, or a list of such."""

    default_error_messages = {"too_many_spans": f"Give at most {MAX_CONDITIONS} spans."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(DateField(any_year=True), **kwargs)

    def to_internal_value(self, data: Any) -> list[Any]:
        values = super().to_internal_value(data)
        if sum(isinstance(value, Mapping) for value in values) > MAX_CONDITIONS:
            self.fail("too_many_spans")
        return values

    def one(self, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return super().one(data)
        if unknown := [str(key) for key in data if key not in ("from", "to")]:
            raise serializers.ValidationError(f"There is no {', '.join(unknown)} in a span.")
        return reader(Span).run_validation(data)

    def only_value(self, values: list[Any] | None) -> Any:
        day = super().only_value(values)
        return None if isinstance(day, Mapping) else day

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
        auto_schema._insert_field_validators(self.target.value, one)
        kinds = [one]
        if isinstance(self.target, DaysOf):
            day = {"type": "string", "format": "date"}
            ends = {end: {**day, "description": WORDS[end]} for end in ("from", "to")}
            span = {"type": "object", "properties": ends}
            kinds.append(span | {"minProperties": 1, "additionalProperties": False})
        several = {
            "type": "array",
            "maxItems": self.target.most,
            "items": {"oneOf": [*kinds, {"type": "null"}]},
        }
        # That it may be null is added to it like to any other field.
        return {"oneOf": [*kinds, several]}


class SortField(StringField):
    """Field names by comma, `-` before one reverses it; the checked value is a list of them."""

    def __init__(self, names: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(required=False, help_text=f"By comma: {', '.join(names)}.", **kwargs)
        self.names = names
        name = rf"\s*-?({'|'.join(names)})\s*"
        self.pattern = f"^{name}(,{name})*$"

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


@dataclass(frozen=True)
class Search:
    """The checked body of an index: which rows, and in which order."""

    kind: type[IndexInput]
    values: Mapping[str, Any]

    @classmethod
    def of(cls, kind: type[IndexInput], data: Any) -> Search:
        """The search that a body asks for. `ValidationError` names what is wrong with it."""
        return cls(kind, reader(kind).run_validation(data))

    @property
    def filter(self) -> Mapping[str, Any]:
        """The values of each filter that is set, by its column."""
        given: Mapping[str, Any] = self.values.get("filter", {})
        return given

    def conditions(self) -> Q:
        """The conditions that the filters set."""
        filters = _filters(self.kind)
        condition = Q()
        for column, values in self.filter.items():
            condition &= filters[column].condition(column, values)
        return condition

    def equalities(self) -> dict[str, Any] | None:
        """The value that each column has to have; None where the filters say anything else."""
        filters = _filters(self.kind)
        found = {}
        for column, values in self.filter.items():
            value = filters[column].only_value(values)
            if value is None:
                return None
            found[column] = value
        return found

    def narrowing(self, *columns: str) -> Searched:
        """What orders the rows as asked, and first compares these columns with values."""
        sort = self.values.get("sort") or self.kind.default_sort
        return Searched(self.kind, columns, tuple(sort))


@functools.cache
def _filters(kind: type[IndexInput]) -> dict[str, AnyOf]:
    """The filters of an index by their columns."""
    fields = reader(kind.filters).fields.values()
    return {str(field.source): field for field in fields if isinstance(field, AnyOf)}


@dataclass(frozen=True)
class Searched:
    """Narrows rows to those whose `columns` have the given values, in the order of `sort`.

    After that by the primary key, so that equal rows don't change pages. What is unset counts as
    later than all that is set.
    """

    kind: type[IndexInput]
    columns: tuple[str, ...]
    sort: tuple[str, ...]

    def __call__(self, rows: QuerySet[Any, Any], values: Mapping[str, Any]) -> QuerySet[Any, Any]:
        return self.ordered(rows.filter(**{column: values[column] for column in self.columns}))

    def ordered(self, rows: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
        key = rows.model._meta.pk.name
        words = [*self.sort, f"-{key}" if self.sort[-1].startswith("-") else key]
        names = [(word.removeprefix("-"), word.startswith("-")) for word in words]
        columns = [(F(self.kind.columns.get(name, name)), reversed_) for name, reversed_ in names]
        return rows.order_by(
            *(
                column.desc(nulls_first=True) if reversed_ else column.asc(nulls_last=True)
                for column, reversed_ in columns
            )
        )


class PageQuery(QuerySerializer):
    """Page and size in the query string, as `Link` gives them: they count before the body's."""

    page = serializers.IntegerField(min_value=1, max_value=10**9, required=False)

    def get_fields(self) -> dict[str, Any]:
        size = serializers.IntegerField(min_value=1, required=False)
        return {"per-page": size, **super().get_fields()}


class Found(Protocol):
    """Where the rows of an index are read."""

    def page(self, offset: int, size: int) -> list[Any]:
        """The bodies of so many rows from an offset on."""

    def total(self) -> int:
        """How many rows there are, exactly."""


def page_response(request: Request, found: Found, asked: Mapping[str, Any]) -> Response:
    """The asked page as a JSON array, with headers that describe it. At most two queries."""
    number = asked.get("page", 1)
    size = min(asked.get("per-page", DEFAULT_PER_PAGE), MAX_PER_PAGE)
    offset = (number - 1) * size
    bodies = found.page(offset, size)
    # A page that is not full is the last one, and tells the total by itself.
    is_last = len(bodies) < size and (bodies or not offset)
    total = offset + len(bodies) if is_last else found.total()
    pages = -(-total // size)
    headers = {
        "X-Pagination-Current-Page": str(number),
        "X-Pagination-Page-Count": str(pages),
        "X-Pagination-Per-Page": str(size),
        "X-Pagination-Total-Count": str(total),
        "Link": _link_header(request, number, size, max(pages, 1)),
    }
    return Response(bodies, headers=headers)


def _link_header(request: Request, page: int, size: int, last: int) -> str:
    """Links to the first, previous, next and last page (RFC 8288): POST the same body there."""
    numbers = {"first": 1}
    if page > 1:
        numbers["prev"] = min(page - 1, last)
    if page < last:
        numbers["next"] = page + 1
    numbers["last"] = last
    base = address_without(request, "page", "per-page")
    return ", ".join(
        f'<{base}per-page={size}&page={number}>; rel="{rel}"' for rel, number in numbers.items()
    )
