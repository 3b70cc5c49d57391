"""`Location`: where what a request made can be read (RFC 9110 section 10.2.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import orjson
from rest_framework.request import Request

from config.web.addresses import own_url


def location(request: Request, template: str, body: Any) -> str:
    """The URL that `template` makes of the answer's members, with the request's own parameters."""
    # What is answered again stands in the database as text.
    members: Mapping[str, Any] = body if isinstance(body, Mapping) else _read(body)
    path = template.format_map(
        {name: quote(str(value), safe="") for name, value in members.items()}
    )
    parameters = urlencode(request.query_params.dict())
    return own_url(request._request, f"{path}?{parameters}" if parameters else path)


def _read(body: Any) -> dict[str, Any]:
    members: dict[str, Any] = orjson.loads(orjson.dumps(body))
    return members
