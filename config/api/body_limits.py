"""What a client is told whose body is too large, or came too slowly."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from config.api.problems import respond
from config.web.body_limits import REFUSAL, Refusal, limit_of, too_large
from config.web.chunked import read_chunked


class BodyLimitMiddleware:
    """Answers what the server refused to read, and refuses what says itself that it is too large.

    The latter is for servers that hand over bodies as they come; ours never does.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        refusal: Refusal | None = request.META.get(REFUSAL)
        declared = request.META.get("CONTENT_LENGTH")
        if refusal is None and declared and declared != "0":
            refusal = self._judge(request, str(declared))
        elif refusal is None:
            refusal = read_chunked(request)
        if refusal is None:
            return self.get_response(request)
        response = respond(request, refusal.status, refusal.detail)
        if refusal.retry_after is not None:
            response["Retry-After"] = str(refusal.retry_after)
        return response

    @staticmethod
    def _judge(request: HttpRequest, declared: str) -> Refusal | None:
        if not (declared.isascii() and declared.isdecimal() and len(declared) < 20):
            return Refusal(400, "Content-Length is no number of bytes.")
        if int(declared) > limit_of(request.method, request.path_info):
            return too_large(request.method, request.path_info)
        return None
