"""X-Request-ID: taken from the client or made, answered, and on every log line."""

from __future__ import annotations

import random
import re
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

HEADER = "X-Request-ID"
_ACCEPTED = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")


def request_id_of(request: HttpRequest) -> str:
    """The id of this request, as the middleware took or made it."""
    return str(request.META["HTTP_X_REQUEST_ID"])


def _new_id() -> str:
    """A UUID that no two requests share; it need not be hard to guess.

    `uuid4` asks the kernel for its bits, and lets every thread run first that waits to.
    """
    return str(uuid.UUID(int=random.getrandbits(128), version=4))


class RequestIdMiddleware:
    """Keeps a client's id of up to 128 harmless characters; makes a UUID where there is none.

    What it decides stands in the request's own header, where the logging middleware finds it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Not `request.headers`, which would keep the client's word for those who look later.
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        request.META["HTTP_X_REQUEST_ID"] = given if _ACCEPTED.fullmatch(given) else _new_id()
        response = self.get_response(request)
        response[HEADER] = request_id_of(request)
        # Otherwise the web server says what it is.
        response["Server"] = "certkeep"
        return response
