"""Where a request comes from."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str | None:
    """Where the request comes from: the proxy's word for it where a proxy is trusted.

    None for a request that came by no network.
    """
    # Not `request.headers`, which would be made of all headers for the sake of one.
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "") if settings.BEHIND_TLS_PROXY else ""
    if forwarded:
        # The proxy in front adds the address it saw at the end; what stands before is hearsay.
        return str(forwarded.rpartition(",")[2].strip())
    return request.META.get("REMOTE_ADDR")
