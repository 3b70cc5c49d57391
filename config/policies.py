"""Content-Security-Policy: what a browser may load and run on each area's pages."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

HEADER = "Content-Security-Policy"
#: Of answers that are no pages: nothing is loaded, run or shown inside another page.
NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
#: The documentation's scripts style what they draw, and redoc searches in a worker.
_DOCUMENTATION = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
#: No inline scripts and no eval: the theme's Alpine expressions are read by Alpine's CSP build
#: (`config/theme`). A mail's preview is a page of our own in a frame.
_DESK = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; frame-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
#: Public pages have their style in them, and images and links of this server.
_PUBLIC = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_AREAS = {
    "/admin/": _DESK,
    "/api/docs": _DOCUMENTATION,
    "/api/redoc": _DOCUMENTATION,
    "/badges/": _PUBLIC,
}


def policy_of(path: str) -> str:
    """The policy of the area that the path is in."""
    return next((policy for area, policy in _AREAS.items() if path.startswith(area)), NOTHING)


class PolicyMiddleware:
    """Puts its area's policy on every page that has none of its own.

    The APIs never come here: `ApiMiddleware` puts `NOTHING` on what they answer.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault(HEADER, policy_of(request.path_info))
        return response
