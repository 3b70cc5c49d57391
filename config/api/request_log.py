"""One line a request, with who, what, and what came of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import structlog
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import ResolverMatch, resolve
from django_structlog.middlewares import RequestMiddleware

from config.api.request_id import request_id_of
from config.logs import line_logger
from config.web.client_address import client_address

#: What no route knows may be a secret at a wrong address; those are as long as this or longer.
_LONG = re.compile(r"[\w.~%+-]{32,}")


class RequestLogMiddleware(RequestMiddleware):
    """django-structlog's, for ids and addresses that are known already: it needs not look."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        super().__init__(get_response)
        self.logger: Any = line_logger("requests")

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        """Method and address, without the secret of addresses that are one (`<token>`)."""
        line = f"{request.method} {request.get_full_path()}"
        match = request.resolver_match or _match_of(request)
        if match is None:
            return _LONG.sub("…", line)
        token = match.kwargs.get("token")
        return line.replace(str(token), "…") if token else line

    def prepare(self, request: HttpRequest) -> None:
        """Name the request on each line that is logged until it is answered."""
        structlog.contextvars.bind_contextvars(
            request_id=request_id_of(request), ip=client_address(request)
        )

    def handle_response(self, request: HttpRequest, response: HttpResponse) -> None:
        """Log how it ended; pages that are streamed, and what failed, as the library does."""
        if response.streaming or hasattr(request, "_raised_exception"):
            super().handle_response(request, response)
            return
        self.bind_user_id(request)
        level = self._log_level_for_status_code(response.status_code)
        request_line = self.format_request(request)
        self.logger.log(level, "request_finished", code=response.status_code, request=request_line)
        structlog.contextvars.clear_contextvars()


def _match_of(request: HttpRequest) -> ResolverMatch | None:
    """Where a request would have led that was answered before anybody looked for its route."""
    try:
        return resolve(request.path_info)
    except Http404:
        return None
