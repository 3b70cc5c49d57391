"""Whether a page of another site made a browser send a request."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

#: What a browser says of its own pages, and of what a person typed.
_OWN_SITE = frozenset({"same-origin", "none"})


def is_from_another_site(request: HttpRequest) -> bool:
    """Whether a browser says that a page of another origin sent the request."""
    if request.META.get("HTTP_SEC_FETCH_SITE", "none") not in _OWN_SITE:
        return True
    origin = request.META.get("HTTP_ORIGIN")
    own = f"{request.scheme}://{request.get_host()}"
    return origin is not None and origin != own and origin not in settings.CSRF_TRUSTED_ORIGINS
