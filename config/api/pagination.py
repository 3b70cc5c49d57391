"""The envelope of all v1 lists: `{"data": […], "pagination": {"page", "limit", "total"}}`.

`page` counts from 1. `cursor` walks along the list at a cost that does not grow with depth: an
empty one begins, and the `Link` header of each answer has the next. No row comes twice: a list is
walked in orders of columns that never change alone (a model's `fixed_columns`, and its key).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

import orjson
from django.core.exceptions import ValidationError
from django.db.models import Model
from rest_framework.pagination import BasePagination
from rest_framework.request import Request

from config.api.words import WORDS
from config.db import column_of
from config.errors import Fault, InvalidError
from config.numbers import whole_number
from config.web.addresses import own_url

#: What databases count to. A page past it is as empty as any other past the end.
MAX_OFFSET = 2**63 - 1
#: Why some orders are for pages alone.
UNSTABLE_ORDER = (
    "Rows that change move in this order, and a walk would meet them twice or never. Use pages, or "
    "an order of what does not change."
)


@dataclass(frozen=True)
class Cursor:
    """A place in a list: the values of the order's columns in the row before it.

    `number` is that of the page which begins there. Without values it is the beginning.
    """

    number: int
    order: tuple[str, ...]
    after: tuple[Any, ...]

    def encode(self) -> str:
        values = [
            value.isoformat() if isinstance(value, datetime) else value for value in self.after
        ]
        text = orjson.dumps([self.number, self.order, values], default=str)
        return base64.urlsafe_b64encode(text).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str, order: tuple[str, ...], model: type[Model]) -> Cursor:
        """The place that the text names.

        `InvalidError` for what no list of this order gave, and for an order in which rows can move
        while it is walked: one of columns that change.
        """
        fixed = {"pk", model._meta.pk.name, *getattr(model, "fixed_columns", ())}
        if not {name.removeprefix("-") for name in order} <= fixed:
            raise InvalidError(Fault("?cursor", "unstable_order", UNSTABLE_ORDER))
        if not text:
            return cls(1, order, ())
        try:
            padded = text + "=" * (-len(text) % 4)
            number, named, values = orjson.loads(base64.b64decode(padded, b"-_", validate=True))
            fields = [column_of(model, name) for name in order]
            after = [field.to_python(value) for field, value in zip(fields, values, strict=True)]
            is_sound = tuple(named) == order and None not in after and 1 < number < 10**18
        except (ValueError, TypeError, binascii.Error, ValidationError):
            is_sound = False
        if not is_sound:
            raise InvalidError(
                Fault("?cursor", "invalid", "It is no cursor of this list in this order.")
            )
        return cls(number, order, tuple(after))


class EnvelopePagination(BasePagination):
    """Pages counted from 1, or from cursor to cursor, with an exact total and a `Link` header.

    A `limit` above `max_limit` is taken as `max_limit`. A page past the end is empty.
    """

    default_limit = 20
    max_limit = 100
    numbers = ("page", "limit")
    query_parameters = (*numbers, "cursor")
    #: An empty cursor is the beginning.
    may_be_empty = ("cursor",)

    def __init__(self, parameters: Mapping[str, str] | None = None) -> None:
        """Reads the query string. `InvalidError` names what is wrong with it."""
        parameters = {} if parameters is None else parameters
        if faults := self.faults_in(parameters):
            raise InvalidError(*faults)
        self.page = int(parameters.get("page", 1))
        self.limit = min(int(parameters.get("limit", self.default_limit)), self.max_limit)
        self.cursor: str | None = parameters.get("cursor")

    @property
    def offset(self) -> int:
        return min((self.page - 1) * self.limit, MAX_OFFSET)

    @classmethod
    def faults_in(cls, parameters: Mapping[str, str]) -> list[Fault]:
        """What is wrong with the paging parameters of a request."""
        faults = [
            Fault(f"?{name}", "invalid", "Give a whole number from 1.")
            for name in cls.numbers
            if not _is_positive_integer(parameters.get(name, "1"))
        ]
        if "cursor" in parameters and "page" in parameters:
            faults.append(Fault("?cursor", "invalid", "Give a page or a cursor, not both."))
        return faults

    def envelope(self, data: Sequence[Any], total: int) -> dict[str, Any]:
        return {
            "data": data,
            "pagination": {"page": self.page, "limit": self.limit, "total": total},
        }

    def links(self, request: Request, total: int) -> str:
        """Links to the first, previous, next and last page, as far as they exist (RFC 8288)."""
        last = max(1, -(-total // self.limit))
        pages = {"first": 1}
        if self.page > 1:
            pages["prev"] = min(self.page - 1, last)
        if self.page < last:
            pages["next"] = self.page + 1
        pages["last"] = last
        base = address_without(request, "page")
        return ", ".join(f'<{base}page={page}>; rel="{rel}"' for rel, page in pages.items())

    def cursor_links(self, request: Request, following: Cursor | None) -> str:
        """Links to the beginning and to the next part, if there is one."""
        base = address_without(request, "cursor")
        links = [f'<{base}cursor=>; rel="first"']
        if following is not None:
            links.append(f'<{base}cursor={following.encode()}>; rel="next"')
        return ", ".join(links)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        count = {"type": "integer", "minimum": 0}
        counts = ("page", "limit", "total")
        return {
            "type": "object",
            "required": ["data", "pagination"],
            "properties": {
                "data": {**schema, "description": WORDS["data"]},
                "pagination": {
                    "type": "object",
                    "description": WORDS["pagination"],
                    "required": [*counts],
                    "properties": {name: {**count, "description": WORDS[name]} for name in counts},
                },
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        number: dict[str, Any] = {"type": "integer", "minimum": 1}
        described: dict[str, tuple[str, dict[str, Any]]] = {
            # No `default` in the schema: a client that fills it in could never send a cursor.
            "page": ("Which page, counted from 1; the first by default.", number),
            "limit": (
                f"Rows a page; more than {self.max_limit} is taken as {self.max_limit}.",
                number | {"default": self.default_limit},
            ),
            "cursor": (
                "In place of `page`, for walking a long list: empty for the beginning, then what "
                "the `Link` header names as next. No row comes twice. For orders of what does not "
                "change alone.",
                {"type": "string"},
            ),
        }
        return [
            {
                "name": name,
                "in": "query",
                "required": False,
                "description": description,
                "schema": schema,
                **({"allowEmptyValue": True} if name in self.may_be_empty else {}),
            }
            for name, (description, schema) in described.items()
        ]


def address_without(request: Request, *parameters: str) -> str:
    """The URL of the request without these parameters, up to where others can be added."""
    others = [
        (name, value)
        for name, values in request.query_params.lists()
        for value in values
        if name not in parameters
    ]
    url = own_url(request._request, quote(request._request.path, safe="/~"))
    return f"{url}?{urlencode(others)}&" if others else f"{url}?"


def _is_positive_integer(text: str) -> bool:
    return bool(whole_number(text))
