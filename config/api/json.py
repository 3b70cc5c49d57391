"""JSON in and out by orjson, which is strict: UTF-8 only, no NaN, bounded nesting."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO, Any

import orjson
from django.conf import settings
from django.utils.http import parse_header_parameters
from rest_framework.exceptions import APIException, ParseError, UnsupportedMediaType
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer

#: Moments are written as all APIs write them: UTC with `Z`, to the second.
OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS


class BodyTooLarge(APIException):
    status_code = 413
    default_code = "content-too-large"

    def __init__(self) -> None:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        super().__init__(f"The body is larger than {limit} bytes.")


class OrjsonRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """`data` as UTF-8 JSON; nothing at all for an answer without a body."""
        return b"" if data is None else orjson.dumps(data, option=OPTIONS)


class OrjsonParser(BaseParser):
    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The body as Python values.

        Raises `BodyTooLarge` (413), `UnsupportedMediaType` (415) for another charset than UTF-8
        (RFC 8259 section 8.1) and for compressed bodies, and `ParseError` (400) for what is not
        JSON or has a key twice.
        """
        if parser_context is not None:
            refuse_encoded(parser_context["request"])
        _, parameters = parse_header_parameters(media_type or "")
        if parameters.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
            raise UnsupportedMediaType(media_type or "")
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise BodyTooLarge
        try:
            value = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise ParseError(f"The body is not JSON: {error}.") from error
        if b"\\" in body or body.count(b'"') != 2 * _strings_in(value):
            _refuse_repeated_keys(body)
        return value


def refuse_encoded(request: Any) -> None:
    """`UnsupportedMediaType` (415) for a body that is compressed: we unpack none (RFC 9110)."""
    encoding = request.META.get("HTTP_CONTENT_ENCODING", "identity")
    if encoding.strip().lower() not in ("", "identity"):
        raise UnsupportedMediaType(encoding, f"Bodies in Content-Encoding {encoding} are not read.")


def _strings_in(value: Any) -> int:
    """How many strings are in it, keys included: without backslashes each had two quotes.

    A key that came twice is there once. Counting costs less than reading the body a second time,
    which is done only where the count does not say that all is well.
    """
    count = 0
    rest = [value]
    while rest:
        one = rest.pop()
        if type(one) is str:
            count += 1
        elif type(one) is dict:
            count += len(one)
            rest += one.values()
        elif type(one) is list:
            rest += one
    return count


def _refuse_repeated_keys(body: bytes) -> None:
    """`ParseError` that names a key which stands twice in one object."""

    def unique(pairs: list[tuple[str, Any]]) -> None:
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise ParseError(f"The body has the key {key!r} twice in one object.")
            seen.add(key)

    try:
        # A lone member's value is of no interest; big numbers need not become numbers.
        json.loads(body, object_pairs_hook=unique, parse_int=str, parse_float=str)
    except RecursionError as error:
        raise ParseError("The body is nested too deeply.") from error
