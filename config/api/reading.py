"""How viewsets read: prepared queries that end in JSON, the same way for every app.

1. The rows come from a function that makes a QuerySet of the models' own methods. It is called with
   `Given`s in place of the values of the request, once for each set of parameters.
2. Its SQL is kept with the shape of the answer, and run with the values of each request.

What can't be prepared, such as a filter with rules of its own, takes the long way and comes to the
same.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import router
from django.db.models import (
    BigIntegerField,
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    F,
    Field,
    Model,
    Q,
    QuerySet,
    UUIDField,
)
from django.db.models.expressions import BaseExpression, Combinable, Value
from rest_framework.serializers import Serializer

from config.api.pagination import MAX_OFFSET, Cursor, EnvelopePagination
from config.api.shapes import Shape, shape_of
from config.db import column_of
from config.prepared import Given, PreparedQuery, RowAfter
from config.tally import total_of, total_query

Rows = Callable[..., QuerySet[Any, Any]]
#: Pages that begin later than this are looked up by the key of their first row.
DEEP = 1000


@dataclass(frozen=True)
class Source:
    """Rows to read: `rows(**values)`, with `narrow` (say, filters) applied to them.

    Two sources of the same functions, names and types share their prepared queries. `narrow` gets
    the QuerySet and the values, and has to be hashable.
    """

    rows: Rows
    values: Mapping[str, Any]
    narrow: Callable[[QuerySet[Any, Any], Mapping[str, Any]], QuerySet[Any, Any]] | None = None
    narrow_values: Mapping[str, Any] | None = None

    @property
    def key(self) -> _Key:
        return _Key(self.rows, _kinds(self.values), self.narrow, _kinds(self.narrow_values or {}))

    @property
    def all_values(self) -> dict[str, Any]:
        return {**self.values, **(self.narrow_values or {})}


Kinds = tuple[tuple[str, type], ...]


@dataclass(frozen=True)
class _Key:
    """What of a source decides its SQL."""

    rows: Rows
    kinds: Kinds
    narrow: Callable[[QuerySet[Any, Any], Mapping[str, Any]], QuerySet[Any, Any]] | None
    narrow_kinds: Kinds

    def queryset(self) -> QuerySet[Any, Any]:
        queryset = self.rows(**_given(self.kinds))
        return self.narrow(queryset, _given(self.narrow_kinds)) if self.narrow else queryset


def read_one(source: Source, serializer_class: type[Serializer[Any]], **context: Any) -> Any:
    """The body of the first row; None where there is none. One query."""
    query, shape = _one(source.key, serializer_class)
    rows = query.run(source.all_values)
    return shape.bodies(rows, context)[0] if rows else None


def read_page(
    source: Source,
    serializer_class: type[Serializer[Any]],
    page: EnvelopePagination,
    **context: Any,
) -> Found:
    """The bodies of a page and the total: one query.

    Two for a page that is empty, or far down the list.
    """
    key, values = source.key, source.all_values
    order, model = _order(key)
    cursor = None if page.cursor is None else Cursor.decode(page.cursor, order, model)
    if cursor is not None:
        page.page = cursor.number
    start: Sequence[Any] | None = cursor.after if cursor else ()
    tail: tuple[int, ...] = ()
    is_deep = cursor is None and page.offset > DEEP and _is_uniform(order)
    if is_deep:
        start = next(iter(_start(key).run(values, page.offset)), None)
    elif cursor is None and page.offset:
        tail = (page.offset,)
    rows: list[Any] = []
    if start is not None:
        query, shape = _many(key, serializer_class, page.limit, bool(start), is_deep, bool(tail))
        values |= {f"after_{place}": value for place, value in enumerate(start)}
        rows = query.run(values, *tail)
    if not rows:
        return Found([], read_total(source), None)
    following = None
    if cursor is not None and len(rows) == page.limit:
        following = Cursor(cursor.number + 1, order, tuple(rows[-1][-len(order) :]))
    return Found(shape.bodies(rows, context), rows[0][len(shape.columns)], following)


def read_slice(
    source: Source,
    serializer_class: type[Serializer[Any]],
    *,
    offset: int,
    limit: int,
    **context: Any,
) -> list[Any]:
    """The bodies of so many rows from an offset on, in whatever order the rows are. One query."""
    query, shape = _slice(source.key, serializer_class, limit, skips := offset > 0)
    rows = query.run(source.all_values, *([min(offset, MAX_OFFSET)] if skips else []))
    return shape.bodies(rows, context)


def read_total(source: Source) -> int:
    """How many rows there are, exactly. One query."""
    return int(_total(source.key).run(source.all_values)[0][0])


@dataclass(frozen=True)
class Found:
    """The bodies of a page, how many rows there are in all, and where the next part begins."""

    bodies: list[Any]
    total: int
    following: Cursor | None


def page_of_instances(
    rows: QuerySet[Any, Any], page: EnvelopePagination
) -> tuple[list[Any], int, Cursor | None]:
    """The same for rows that are not prepared: model instances in place of bodies."""
    order, model = _order_of(rows), rows.model
    rows = rows.using(_using(rows))
    total = int(total_query(rows, using=rows.db).run({})[0][0])
    if page.cursor is None:
        found = list(rows[page.offset : page.offset + page.limit]) if page.offset < total else []
        return found, total, None
    cursor = Cursor.decode(page.cursor, order, model)
    page.page = cursor.number
    if cursor.after:
        fields = [column_of(model, name) for name in order]
        after = [
            Value(value, output_field=field)
            for value, field in zip(cursor.after, fields, strict=True)
        ]
        rows = rows.filter(_after(order, after, inclusive=False))
    found = list(rows[: page.limit])
    following = None
    if len(found) == page.limit:
        key = tuple(getattr(found[-1], name.removeprefix("-")) for name in order)
        following = Cursor(cursor.number + 1, order, key)
    return found, total, following


# --- What is kept ------------------------------------------------------------------------------


@functools.lru_cache(maxsize=256)
def _one(key: _Key, serializer_class: Any) -> tuple[PreparedQuery, Shape]:
    queryset = key.queryset()
    model: Any = queryset.model
    shape = shape_of(serializer_class, model)
    return PreparedQuery(_columns(queryset, shape), "{} LIMIT 1", queryset.db), shape


@functools.lru_cache(maxsize=1024)
def _many(
    key: _Key,
    serializer_class: Any,
    limit: int,
    starts: bool,
    inclusive: bool,
    skips: bool,
) -> tuple[PreparedQuery, Shape]:
    queryset = key.queryset()
    model: Any = queryset.model
    shape = shape_of(serializer_class, model)
    order = _order_of(queryset)
    total = total_of(queryset, using=_using(queryset))
    if starts:
        after = [
            Given(f"after_{place}", column_of(queryset.model, name))
            for place, name in enumerate(order)
        ]
        queryset = queryset.filter(_after(order, after, inclusive=inclusive))
    # As expressions, for a name may stand there but once.
    rows = _columns(queryset, shape, total, *[F(name.removeprefix("-")) for name in order])
    tail = "{}" + f" LIMIT {limit:d}" + (" OFFSET %s" if skips else "")
    return PreparedQuery(rows, tail, _using(queryset)), shape


@functools.lru_cache(maxsize=1024)
def _slice(
    key: _Key, serializer_class: Any, limit: int, skips: bool
) -> tuple[PreparedQuery, Shape]:
    queryset = key.queryset()
    model: Any = queryset.model
    shape = shape_of(serializer_class, model)
    tail = "{}" + f" LIMIT {limit:d}" + (" OFFSET %s" if skips else "")
    return PreparedQuery(_columns(queryset, shape), tail, _using(queryset)), shape


@functools.lru_cache(maxsize=256)
def _start(key: _Key) -> PreparedQuery:
    """Finds the key of the row at an offset: from the index alone, where it has the columns."""
    queryset = key.queryset()
    names = [name.removeprefix("-") for name in _order_of(queryset)]
    return PreparedQuery(queryset.values_list(*names), "{} LIMIT 1 OFFSET %s", _using(queryset))


@functools.lru_cache(maxsize=256)
def _total(key: _Key) -> PreparedQuery:
    queryset = key.queryset()
    return total_query(queryset, using=_using(queryset))


@functools.lru_cache(maxsize=256)
def _order(key: _Key) -> tuple[tuple[str, ...], type[Model]]:
    queryset = key.queryset()
    return _order_of(queryset), queryset.model


# --- Their parts -------------------------------------------------------------------------------


def _columns(queryset: QuerySet[Any, Any], shape: Shape, *more: Combinable) -> QuerySet[Any, Any]:
    with_nested: QuerySet[Any, Any] = queryset.annotate(**shape.expressions)
    return with_nested.values_list(*shape.columns, *more)


def _order_of(queryset: QuerySet[Any, Any]) -> tuple[str, ...]:
    named = queryset.query.order_by or queryset.model._meta.ordering
    order = [name for name in named if isinstance(name, str)]
    if not order or len(order) < len(named):
        raise TypeError(f"The list of {queryset.model.__name__} has no order by columns.")
    return tuple(order)


def _is_uniform(order: Sequence[str]) -> bool:
    return len({name.startswith("-") for name in order}) == 1


def _after(order: Sequence[str], values: Sequence[BaseExpression], *, inclusive: bool) -> Any:
    """The rows after (or from) these values in this order."""
    names = [name.removeprefix("-") for name in order]
    descending = [name.startswith("-") for name in order]
    if _is_uniform(order):
        return RowAfter(names, values, descending=descending[0], inclusive=inclusive)
    condition = Q()
    for place, name in enumerate(names):
        same = Q(**dict(zip(names[:place], values, strict=False)))
        beyond = "lt" if descending[place] else "gt"
        condition |= same & Q(**{f"{name}__{beyond}": values[place]})
    # This follows from the rest; it leads the database to the index.
    return condition & Q(**{f"{names[0]}__{'lte' if descending[0] else 'gte'}": values[0]})


def _using(queryset: QuerySet[Any, Any]) -> str:
    """The database that answers lists: see `config.routing`."""
    return router.db_for_read(queryset.model, is_list=True)


_OUTPUT: dict[type, Callable[[], Field[Any, Any]]] = {
    str: CharField,
    datetime: DateTimeField,
    date: DateField,
    int: BigIntegerField,
    bool: BooleanField,
    UUID: UUIDField,
}


def _kinds(values: Mapping[str, Any]) -> Kinds:
    return tuple((name, type(value)) for name, value in values.items())


def _given(kinds: Kinds) -> dict[str, Given]:
    return {name: Given(name, _OUTPUT[kind]()) for name, kind in kinds}
