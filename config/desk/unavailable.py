"""What a person is told when the database does not answer in time."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from config.api.problems import for_people, respond

logger = structlog.get_logger(__name__)
RETRY_SECONDS = 5


class DatabaseUnavailableMiddleware:
    """Answers 503 where a page's statement took too long, or the database was away.

    The views of the APIs do so themselves (`config.api.problems`).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, OperationalError | InterfaceError):
            return None
        logger.error("database_unavailable", exc_info=error)
        if for_people(request):
            # Nothing of the page's frame, which would ask the database as well.
            response = render(request, "desk/unavailable.html", status=503)
        else:
            response = respond(request, 503, "The database does not answer in time.")
        response["Retry-After"] = str(RETRY_SECONDS)
        return response
