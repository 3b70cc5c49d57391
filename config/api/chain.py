"""The way of a request of the APIs: past the middleware that only pages for people need."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from simple_history.middleware import HistoryRequestMiddleware

from config.policies import HEADER, NOTHING

PREFIXES = ("/api/v1/", "/v2/", "/livez", "/metrics")
READING = ("GET", "HEAD", "OPTIONS")

View = Callable[[HttpRequest], HttpResponse]


class ApiMiddleware:
    """Stands before sessions, forms, messages and languages, and leads the APIs past all of them.

    The APIs know their callers by tokens and speak English, whatever a browser says. What writes
    passes the middleware that tells history who did it.
    """

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response
        handler: Any = BaseHandler()
        # What Django's handler does with a request after its middleware, without any of it.
        handler._view_middleware = []
        handler._template_response_middleware = []
        handler._exception_middleware = []
        respond: Any = handler._get_response
        read: Any = convert_exception_to_response(respond)
        self.read: View = read
        write: Any = HistoryRequestMiddleware(read)
        self.write: View = write

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PREFIXES):
            return self.get_response(request)
        translation.activate(settings.LANGUAGE_CODE)
        respond = self.read if request.method in READING else self.write
        response = respond(request)
        response.headers.setdefault(HEADER, NOTHING)
        # What the APIs tell of people is for whoever asked, not for a cache on the way.
        response.headers.setdefault("Cache-Control", "no-store")
        if not response.streaming and "Content-Length" not in response:
            response["Content-Length"] = str(len(response.content))
        return response
