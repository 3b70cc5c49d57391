"""Viewsets whose paths name the operation: index, view, create, update, delete (the /v2 APIs)."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from django.db import router
from django.db.models import QuerySet
from django.urls import URLPattern, path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.bodies import InputSerializer, QuerySerializer, reader
from config.api.fields import UuidField
from config.api.index import Found, IndexInput, PageQuery, Search, page_response
from config.api.reading import Rows, Source, read_slice, read_total
from config.api.views import ContractViewSet
from config.errors import NotFoundError


class EntityViewSet(ContractViewSet):
    """The base of such a viewset.

    Published clients call `view?id=` as well as `view/{id}`: both are the same operation, and
    `id_in_query` says which of the two a route is.
    """

    id_in_query: ClassVar[bool] = False
    #: Whether `serializer_class` says by itself what a row looks like: see `shapes`.
    has_shape: ClassVar[bool] = False
    index_input: ClassVar[type[IndexInput]]
    pagination_class = None  # type: ignore[assignment]
    list_actions = frozenset()
    reading_action = "view"
    #: The field that holds the id which is shown.
    id_field: ClassVar[str] = "pk"
    query_serializers = {"index": PageQuery}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if self.id_in_query:
            # The handler gets this very dictionary as its arguments.
            self.kwargs["id"] = self.query()["id"]

    def query_reader(self) -> QuerySerializer | None:
        if not self.id_in_query:
            return super().query_reader()
        return _reader_with_id(self.query_serializers.get(self.action, QuerySerializer))

    def index_response(
        self, search: Search, rows: Rows, body: Callable[[Any], Any], **values: Any
    ) -> Response:
        """What the search finds among `rows(**values)`, as a JSON array, with headers.

        `rows` is a function of a module: see `reading`. `body` makes the JSON of one row. Page and
        size in the query string, as `Link` gives them, count before the body's.
        """
        found: Found | None = self._prepared(search, rows, values)
        if found is None:
            narrowed = self.in_scope(rows(**values)).filter(search.conditions())
            found = FoundInstances(search.narrowing().ordered(narrowed), body)
        return page_response(self.request, found, {**search.values, **self.query()})

    def search(self) -> Search:
        """The checked body of an index, which may be empty."""
        return Search.of(self.index_input, self._data)

    def body(self, serializer_class: type[InputSerializer]) -> dict[str, Any]:
        values: dict[str, Any] = reader(serializer_class).run_validation(self._data)
        return values

    @property
    def _data(self) -> Any:
        """The body; an empty list is what PHP makes of an empty one."""
        data = self.request.data
        return {} if data == [] else data

    def resource_rows(self, **kwargs: Any) -> QuerySet[Any, Any]:
        wanted = {self.id_field: parse_id(kwargs["id"], "resource")}
        return self.in_scope(self.get_queryset()).filter(**wanted)

    def in_scope(self, rows: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
        """Those of the rows that exist for this request."""
        return rows

    def scope_equalities(self) -> dict[str, Any] | None:
        """The same as columns and the values they have to have; None where it is not as simple."""
        return {}

    def _prepared(
        self, search: Search, rows: Rows, values: Mapping[str, Any]
    ) -> FoundPrepared | None:
        """A prepared query for the search, if it compares columns with values and no more."""
        asked, scope = search.equalities(), self.scope_equalities()
        if not self.has_shape or asked is None or scope is None:
            return None
        wanted = asked | {f"{column}__exact": value for column, value in scope.items()}
        narrow = search.narrowing(*sorted(wanted))
        source = Source(rows, values, narrow, {name: wanted[name] for name in narrow.columns})
        return FoundPrepared(source, self.get_serializer_class())


@dataclass(frozen=True)
class FoundInstances:
    """Rows of an index, read through their models."""

    rows: QuerySet[Any, Any]
    body: Callable[[Any], Any]

    def page(self, offset: int, size: int) -> list[Any]:
        return [self.body(row) for row in self._listed()[offset : offset + size]]

    def total(self) -> int:
        return self._listed().count()

    def _listed(self) -> QuerySet[Any, Any]:
        return self.rows.using(router.db_for_read(self.rows.model, is_list=True))


@dataclass(frozen=True)
class FoundPrepared:
    """Rows of an index, read by a prepared query."""

    source: Source
    serializer_class: Any

    def page(self, offset: int, size: int) -> list[Any]:
        return read_slice(self.source, self.serializer_class, offset=offset, limit=size)

    def total(self) -> int:
        return read_total(self.source)


@functools.cache
def _reader_with_id(kind: type[QuerySerializer]) -> QuerySerializer:
    query = kind()
    query.fields["id"] = serializers.CharField()
    return query


def parse_id(text: str, what: str) -> UUID:
    """The UUID in a path or query; `NotFoundError` for what is none."""
    try:
        parsed: UUID = UuidField().run_validation(text)
    except serializers.ValidationError as error:
        raise NotFoundError(f"There is no {what} {text}.") from error
    return parsed


def _action(operation: str) -> str:
    """The method of the viewset; `delete` would take every DELETE, on whatever path."""
    return "destroy" if operation == "delete" else operation.replace("-", "_")


def entity_paths(
    base: str,
    viewset: type[EntityViewSet],
    *,
    on_all: dict[str, str],
    on_one: dict[str, str],
) -> list[URLPattern]:
    """Paths `base/operation`, and for operations on one row both forms of naming it.

    `on_all` and `on_one` map operations to HTTP methods.
    """
    paths = [
        path(f"{base}/{operation}", viewset.as_view({method: _action(operation)}))
        for operation, method in on_all.items()
    ]
    for operation, method in on_one.items():
        action: Any = {method: _action(operation)}
        paths += [
            path(f"{base}/{operation}/<id>", viewset.as_view(action)),
            path(f"{base}/{operation}", viewset.as_view(action, id_in_query=True)),
        ]
    return paths
