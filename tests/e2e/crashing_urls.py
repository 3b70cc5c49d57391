"""Addresses that break, with secrets wherever an error might pick them up."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.urls import handler400, handler403, handler404, handler500, urlpatterns

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


class Crash(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    def post(self, request: Request, token: str) -> Response:
        raise RuntimeError(f"{request.data} {token} {request.headers['Authorization']}")


def crash(request: HttpRequest, token: str) -> HttpResponse:
    raise LookupError(f"{token} {request.headers['Authorization']}")


urlpatterns = [
    path("api/v1/crash/<token>", Crash.as_view()),
    path("crash/<token>.ics", crash),
    *urlpatterns,
]
