"""Refuses what is meant for another site, or gives a token away."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from config.api.problems import respond

#: Orchestrators ask it by whatever name or address they know.
PROBE = "/livez"


class OriginMiddleware:
    """Refuses requests that were meant for another site, or came in a way that gives a token away.

    A host that is none of ours is refused everywhere: a name of a stranger's may lead here (DNS
    rebinding), and then its pages would read ours. A token that came over plain http where https is
    served is refused, not redirected: its client would go on sending it in the clear.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info != PROBE:
            request.get_host()  # raises DisallowedHost, which is a 400
        in_the_clear = settings.SECURE_SSL_REDIRECT and not request.is_secure()
        if in_the_clear and "HTTP_AUTHORIZATION" in request.META:
            detail = "The token came over plain http. Replace it, and use https."
            return respond(request, 403, detail)
        return self.get_response(request)
