"""Addresses of our own, as callers can use them."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def own_url(request: HttpRequest, path: str) -> str:
    """The URL of one of our paths, for whoever made the request.

    It begins with `PUBLIC_URL` where that was set: a proxy in front may hand on another host than
    its clients know. The embedded default is a guess, so the request's own host is better.
    """
    if settings.PUBLIC_URL and settings.PUBLIC_URL != settings.EMBEDDED_URL:
        return f"{settings.PUBLIC_URL}{path}"
    return request.build_absolute_uri(path)
