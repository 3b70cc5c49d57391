"""`/metrics`: all figures in the text format of Prometheus."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from config.api.access import SystemOrAdmin
from config.api.authentication import OidcAuthentication, ProviderAway, TokenAuthentication
from config.api.problems import reads_only, respond

AUTHENTICATIONS: list[BaseAuthentication] = [OidcAuthentication(), TokenAuthentication()]


@never_cache
@reads_only
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures, to whom `METRICS` lets read them; 404 where it is off."""
    if settings.METRICS == "off":
        raise Http404
    if settings.METRICS == "token" and (refusal := _refusal(request)):
        return refusal
    from config.metrics import rendering

    return HttpResponse(rendering.render(), content_type=rendering.CONTENT_TYPE)


def _refusal(request: HttpRequest) -> HttpResponse | None:
    """What is answered without a token of role `system` or `admin`."""
    asked = Request(request, authenticators=AUTHENTICATIONS)
    try:
        if not asked.user.is_authenticated:
            return _refused(request, 401, "A token is needed.")
    except AuthenticationFailed as failure:
        return _refused(request, 401, str(failure.detail))
    except ProviderAway as failure:
        return _refused(request, failure.status_code, str(failure.detail))
    if not SystemOrAdmin().has_permission(asked, None):
        return _refused(request, 403, "The token has neither role system nor admin.")
    return None


def _refused(request: HttpRequest, status: int, detail: str) -> HttpResponse:
    response = respond(request, status, detail)
    if status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response
