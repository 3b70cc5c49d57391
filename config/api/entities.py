"""Viewsets whose paths name the operation: index, view, create, update, delete (the /v2 APIs)."""

from __future__ import annotations

import functools
from typing import Any, ClassVar
from uuid import UUID

from django.urls import URLPattern, path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.bodies import QuerySerializer
from config.api.fields import UuidField
from config.api.index import IndexInput, PageQuery, page_response
from config.api.views import ContractViewSet
from config.errors import NotFoundError


class EntityViewSet(ContractViewSet):
    """The base of such a viewset.

    Published clients call `view?id=` as well as `view/{id}`: both are the same operation, and
    `id_in_query` says which of the two a route is.
    """

    id_in_query: ClassVar[bool] = False
    index_input: ClassVar[type[IndexInput]]
    pagination_class = None  # type: ignore[assignment]
    list_actions = frozenset()
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

    def index_response(self, rows: Any, body: IndexInput, shape: Any) -> Response:
        """The asked page of `rows` as a JSON array of `shape(row)`, with its headers.

        Page and size in the query string, as `Link` gives them, count before the body's.
        """
        asked = {**body.validated_data, **self.query()}
        found, headers = page_response(self.request, rows, asked)
        return Response([shape(row) for row in found], headers=headers)

    def index_body(self) -> IndexInput:
        """The checked body of an index, which may be empty."""
        body = self.index_input(data=self.request.data if self.request.data is not None else {})
        body.is_valid(raise_exception=True)
        return body


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
