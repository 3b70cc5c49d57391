"""How large the body of a request may be, by its route: judged before it is read.

Most bodies are small (`MAX_BODY_BYTES`). Routes that take files say so by `add_upload_route`, with
a limit of their own and who may send one: what nobody with a right sends is never kept anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest

#: What a form adds to the file in it: its other fields, and the lines between.
FORM_BYTES = 64 * 1024
#: Where the server tells what it refused without reading it: a `Refusal`.
REFUSAL = "certkeep.refusal"


@dataclass(frozen=True)
class Refusal:
    """Why the server did not read a body."""

    status: int
    detail: str
    retry_after: int | None = None


@dataclass(frozen=True)
class UploadRoute:
    """Addresses to which files are sent, up to `most_bytes`, by whoever `may_upload`."""

    pattern: re.Pattern[str]
    most_bytes: Callable[[], int]
    may_upload: Callable[[HttpRequest], bool]


_upload_routes: list[UploadRoute] = []


def add_upload_route(
    pattern: str, *, most_bytes: Callable[[], int], may_upload: Callable[[HttpRequest], bool]
) -> None:
    """Have the addresses that `pattern` fully matches take files; call it as the app gets ready.

    `may_upload` is asked with the request's head alone, before its body is read.
    """
    _upload_routes.append(UploadRoute(re.compile(pattern), most_bytes, may_upload))


def upload_route_of(method: str | None, path: str) -> UploadRoute | None:
    """The route if it takes files, else None."""
    if method != "POST":
        return None
    return next((route for route in _upload_routes if route.pattern.fullmatch(path)), None)


def limit_of(method: str | None, path: str) -> int:
    """The most bytes of a body that is sent there."""
    route = upload_route_of(method, path)
    if route is not None:
        return route.most_bytes() + FORM_BYTES
    most: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    return most


def too_large(method: str | None, path: str) -> Refusal:
    return Refusal(413, f"The body is larger than {limit_of(method, path)} bytes.")
