"""The envelope of all v1 lists: `{"data": […], "pagination": {"page", "limit", "total"}}`."""

from __future__ import annotations

from typing import Any

from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from config.errors import Fault, InvalidError


class EnvelopePagination(BasePagination):
    """Pages counted from 1, with an exact total and an RFC 8288 `Link` header.

    A `limit` above `max_limit` is taken as `max_limit`. A page past the end is empty.
    """

    default_limit = 20
    max_limit = 100
    query_parameters = ("page", "limit")

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """The asked page: a query for the total, and one for the rows if there are any."""
        if faults := self.faults_in(request):
            raise InvalidError(*faults)
        self.request = request
        self.page = int(request.query_params.get("page", 1))
        self.limit = min(int(request.query_params.get("limit", self.default_limit)), self.max_limit)
        self.total = queryset.count()
        offset = (self.page - 1) * self.limit
        return list(queryset[offset : offset + self.limit]) if offset < self.total else []

    @classmethod
    def faults_in(cls, request: Request) -> list[Fault]:
        """What is wrong with the paging parameters of a request."""
        return [
            Fault(f"?{name}", "invalid", "Give a whole number from 1.")
            for name in cls.query_parameters
            if not _is_positive_integer(request.query_params.get(name, "1"))
        ]

    def get_paginated_response(self, data: Any) -> Response:
        envelope = {"page": self.page, "limit": self.limit, "total": self.total}
        return Response(
            {"data": data, "pagination": envelope}, headers={"Link": self._link_header()}
        )

    def _link_header(self) -> str:
        """Links to the first, previous, next and last page, as far as they exist."""
        last = max(1, -(-self.total // self.limit))
        pages = {"first": 1}
        if self.page > 1:
            pages["prev"] = min(self.page - 1, last)
        if self.page < last:
            pages["next"] = self.page + 1
        pages["last"] = last
        url = self.request.build_absolute_uri()
        return ", ".join(
            f'<{replace_query_param(url, "page", page)}>; rel="{rel}"'
            for rel, page in pages.items()
        )

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        count = {"type": "integer", "minimum": 0}
        return {
            "type": "object",
            "required": ["data", "pagination"],
            "properties": {
                "data": schema,
                "pagination": {
                    "type": "object",
                    "required": ["page", "limit", "total"],
                    "properties": {"page": count, "limit": count, "total": count},
                },
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        numbers = {"page": 1, "limit": self.default_limit}
        return [
            {
                "name": name,
                "in": "query",
                "required": False,
                "schema": {"type": "integer", "minimum": 1, "default": default},
            }
            for name, default in numbers.items()
        ]


def _is_positive_integer(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18 and int(text) >= 1
