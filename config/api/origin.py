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
    served is refused, not redirected: its client would go on sending it in the clear. What else
    came so and is no mere GET is sent on by a 308, with its method and body.
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
        response = self.get_response(request)
        if in_the_clear and response.status_code == 301 and request.method not in ("GET", "HEAD"):
            # A client makes a GET of what a 301 sends elsewhere; a 308 is sent on as it is.
            response.status_code = 308
        return response
