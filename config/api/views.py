"""The base of all API views: strict query strings, one way to read a body."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.viewsets import GenericViewSet

from config.api.bodies import InputSerializer, QuerySerializer, query_faults
from config.api.filters import QueryFilterBackend
from config.api.pagination import EnvelopePagination
from config.errors import Fault, InvalidError, NotFoundError


class ContractViewSet(GenericViewSet[Any]):
    """A viewset whose operations follow a published contract.

    `query_serializers` names, by action, the parameters that an operation takes beside paging and
    filters. Any other parameter is a 400 that names it: a mistyped filter must not look as if it
    had filtered. `field_names` maps the domain's field names to this contract's, for errors.
    """

    filter_backends = [QueryFilterBackend]
    pagination_class = EnvelopePagination
    query_serializers: ClassVar[dict[str, type[QuerySerializer]]] = {}
    field_names: ClassVar[dict[str, str]] = {}
    #: Actions that answer a list, with paging and filters.
    list_actions: ClassVar[frozenset[str]] = frozenset({"list"})

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if any("\0" in str(value) for value in kwargs.values()):
            raise NotFoundError("There is no such resource.")
        if unknown := self._unknown_parameters():
            raise InvalidError(*unknown)

    def handle_exception(self, exc: Exception) -> Response:
        """Before a fault of the query string is answered, gather all others of it."""
        if isinstance(exc, InvalidError) and exc.faults[0].pointer.startswith("?"):
            exc = InvalidError(*dict.fromkeys([*self._query_faults(), *exc.faults]))
        return super().handle_exception(exc)

    def _unknown_parameters(self) -> list[Fault]:
        known: set[str] = set()
        if self.action in self.list_actions:
            known.update(EnvelopePagination.query_parameters)
            filterset_class = getattr(self, "filterset_class", None)
            if filterset_class is not None:
                known.update(filterset_class.base_filters)
        if serializer := self.query_serializer():
            known.update(serializer.fields)
        return [
            Fault(f"?{name}", "unknown", "There is no such parameter.")
            for name in sorted(set(self.request.query_params) - known)
        ]

    def _query_faults(self) -> list[Fault]:
        faults = self._unknown_parameters()
        if self.action in self.list_actions:
            faults += EnvelopePagination.faults_in(self.request)
            filterset_class = getattr(self, "filterset_class", None)
            if filterset_class is not None:
                faults += query_faults(filterset_class(self.request.query_params).errors)
        if (serializer := self.query_serializer()) and not serializer.is_valid():
            faults += query_faults(serializer.errors)
        return faults

    def query_serializer(self) -> QuerySerializer | None:
        """What reads the query string of the current action; None where it takes nothing."""
        kind = self.query_serializers.get(self.action)
        return kind(data=self.request.query_params.dict()) if kind else None

    def page(self, rows: QuerySet[Any, Any], serializer_class: type[Serializer[Any]]) -> Response:
        """The asked page of `rows` in the envelope of all lists."""
        page = self.paginate_queryset(rows)
        data = serializer_class(page, many=True, context=self.get_serializer_context()).data
        return self.get_paginated_response(data)

    def query(self) -> dict[str, Any]:
        """The checked query parameters of the current action; `InvalidError` otherwise."""
        serializer = self.query_serializer()
        if serializer is None:
            return {}
        if not serializer.is_valid():
            raise InvalidError(*query_faults(serializer.errors))
        values: dict[str, Any] = serializer.validated_data
        return values

    def body(self, serializer_class: type[InputSerializer]) -> dict[str, Any]:
        """The checked body, by the names of the serializer's fields or their `source`."""
        serializer = serializer_class(data=self.request.data)
        serializer.is_valid(raise_exception=True)
        values: dict[str, Any] = serializer.validated_data
        return values
