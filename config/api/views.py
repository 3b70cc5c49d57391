"""The base of all API views: strict query strings, one way to read a body."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django_filters import FilterSet
from rest_framework.exceptions import MethodNotAllowed, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.viewsets import GenericViewSet

from config.api import idempotency, throttling
from config.api.bodies import InputSerializer, QuerySerializer, query_faults, reader
from config.api.conditional import CONDITIONS, only_if_unchanged, with_etag, with_new_etag
from config.api.filters import QueryFilterBackend, narrowing, repeatable
from config.api.location import location
from config.api.pagination import Cursor, EnvelopePagination
from config.api.query_string import query_string_faults
from config.api.reading import Rows, Source, page_of_instances, read_one, read_page
from config.api.shapes import shape_of
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
    #: What the document says of names in the path, where not every string can be one.
    path_patterns: ClassVar[dict[str, str]] = {}
    #: Actions that answer a list, with paging and filters.
    list_actions: ClassVar[frozenset[str]] = frozenset({"list"})
    #: The action that answers GET for one resource.
    reading_action: ClassVar[str] = "retrieve"
    #: By action, the address of what it made, with keys of its answer.
    locations: ClassVar[dict[str, str]] = {}
    #: Whether PUT makes what is not there.
    puts_new: ClassVar[bool] = False
    #: Actions of POST that make something, and so heed an `Idempotency-Key`.
    creating_actions: ClassVar[frozenset[str]] = frozenset({"create"})
    #: Those of them that leave the database before they have answered.
    leaving_actions: ClassVar[frozenset[str]] = frozenset()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if self.action is None:
            raise MethodNotAllowed(str(request.method))
        throttling.count_account(request)
        self._heed_headers(request)
        if any("\0" in str(value) for value in kwargs.values()):
            raise NotFoundError("There is no such resource.")
        if faults := self._query_string_faults():
            raise InvalidError(*faults)

    def _heed_headers(self, request: Request) -> None:
        """Have the handler that DRF calls next heed the headers that its answer depends on."""
        method = str(request.method).lower()
        if method == "post" and idempotency.HEADER in request.META:
            if self.action in self.creating_actions:
                leaves_database = self.action in self.leaving_actions
                handler = idempotency.once(getattr(self, method), leaves_database=leaves_database)
                setattr(self, method, handler)
            return
        if method == "put" and hasattr(self, self.reading_action):
            setattr(self, method, with_new_etag(self, getattr(self, method)))
        if method in ("put", "delete") and any(name in request.META for name in CONDITIONS):
            setattr(self, method, only_if_unchanged(self, getattr(self, method)))

    def resource_rows(self, **kwargs: Any) -> QuerySet[Any, Any]:
        """The row whose lock keeps the resource of a path as it is."""
        return self.get_queryset().filter(**kwargs)

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        if response.status_code == 201 and (template := self.locations.get(self.action)):
            response["Location"] = location(request, template, response.data)
        is_read = self.action == self.reading_action and response.status_code == 200
        return with_etag(request, response) if is_read else response

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """The methods that there are, in `Allow`; what they take the OpenAPI document says."""
        return Response(status=204)

    def handle_exception(self, exc: Exception) -> Response:
        """Before a fault of the query string is answered, gather all others of it."""
        if isinstance(exc, InvalidError) and exc.faults[0].pointer.startswith("?"):
            found = self._query_faults()
            told = {fault.pointer for fault in found}
            more = [fault for fault in exc.faults if fault.pointer not in told]
            exc = InvalidError(*dict.fromkeys([*found, *more]))
        return super().handle_exception(exc)

    def _query_string_faults(self) -> list[Fault]:
        """What is wrong with the query string, whatever its parameters mean."""
        known, may_repeat = set[str](), set[str]()
        if self.action in self.list_actions:
            known.update(EnvelopePagination.query_parameters)
            if filterset_class := self._filterset_class:
                known.update(filterset_class.base_filters)
                may_repeat = repeatable(filterset_class)
        if query := self.query_reader():
            known.update(query.fields)
        return query_string_faults(
            self.request.query_params,
            known=known,
            may_repeat=may_repeat,
            may_be_empty=EnvelopePagination.may_be_empty,
        )

    def _query_faults(self) -> list[Fault]:
        """All faults of the query string; where it is empty or repeated, nothing else of it."""
        faults = self._query_string_faults()
        told = {fault.pointer for fault in faults}
        more: list[Fault] = []
        if self.action in self.list_actions:
            more += EnvelopePagination.faults_in(self.request.query_params)
            if filterset_class := self._filterset_class:
                more += query_faults(filterset_class(self.request.query_params).errors)
        try:
            self._read_query()
        except ValidationError as error:
            more += query_faults(error.detail)
        return [*faults, *(fault for fault in more if fault.pointer not in told)]

    @property
    def _filterset_class(self) -> type[FilterSet] | None:
        return getattr(self, "filterset_class", None)

    def _read_query(self) -> dict[str, Any]:
        query = self.query_reader()
        return query.run_validation(self.request.query_params.dict()) if query else {}

    def query_reader(self) -> QuerySerializer | None:
        """What reads the query string of the current action; None where it takes nothing."""
        kind = self.query_serializers.get(self.action)
        return reader(kind) if kind else None

    @property
    def is_walked(self) -> bool:
        """Whether the list is asked for by cursor, and so in an order in which no row moves."""
        return "cursor" in self.request.query_params

    def page(self, serializer_class: type[Serializer[Any]], rows: Rows, **values: Any) -> Response:
        """The asked page of `rows(**values)`, filtered, in the envelope of all lists.

        `rows` is a function of a module, which is called with placeholders: see `reading`.
        """
        asked = self.pagination_class(self.request.query_params)
        narrow, narrow_values = None, dict[str, Any]()
        if filterset_class := self._filterset_class:
            simple = narrowing(filterset_class, self.request.query_params)
            if simple is None:
                return self.page_of(serializer_class, self.filter_queryset(rows(**values)))
            narrow, narrow_values = simple
        source = Source(rows, values, narrow, narrow_values)
        found = read_page(source, serializer_class, asked, **self.get_serializer_context())
        return self._paged(asked, found.bodies, found.total, found.following)

    def page_of(
        self, serializer_class: type[Serializer[Any]], rows: QuerySet[Any, Any]
    ) -> Response:
        """The asked page of rows that no prepared query can read, through their models."""
        asked = self.pagination_class(self.request.query_params)
        instances, total, following = page_of_instances(rows, asked)
        context = self.get_serializer_context()
        bodies = serializer_class(instances, many=True, context=context).data
        return self._paged(asked, bodies, total, following)

    def _paged(
        self, asked: EnvelopePagination, bodies: Any, total: int, following: Cursor | None
    ) -> Response:
        links = (
            asked.links(self.request, total)
            if asked.cursor is None
            else asked.cursor_links(self.request, following)
        )
        return Response(asked.envelope(bodies, total), headers={"Link": links})

    def one(
        self, serializer_class: type[Serializer[Any]], rows: Rows, **values: Any
    ) -> dict[str, Any] | None:
        """The body of the first of `rows(**values)`; None where there is none."""
        source = Source(rows, values)
        body: dict[str, Any] | None = read_one(
            source, serializer_class, **self.get_serializer_context()
        )
        return body

    def answer(self, serializer_class: type[Serializer[Any]], written: Any) -> dict[str, Any]:
        """The body for what was just written: a model instance, or values that name it."""
        model = type(written) if isinstance(written, Model) else None
        context = self.get_serializer_context()
        return shape_of(serializer_class, model).body_of(written, context)

    def query(self) -> dict[str, Any]:
        """The checked query parameters of the current action; `InvalidError` otherwise."""
        try:
            return self._read_query()
        except ValidationError as error:
            raise InvalidError(*query_faults(error.detail)) from error

    def body(self, serializer_class: type[InputSerializer]) -> dict[str, Any]:
        """The checked body, by the names of the serializer's fields or their `source`."""
        values: dict[str, Any] = reader(serializer_class).run_validation(self.request.data)
        return values
