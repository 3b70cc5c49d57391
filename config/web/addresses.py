"""Addresses of our own, as callers can use them."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def own_url(request: HttpRequest, path: str) -> str:
    """The URL of one of our paths, for whoever made the request.

    It begins with `PUBLIC_URL` where that was set: a proxy in front may hand on another host than
    its clients know. The embedded default is a guess, so the request's own host is better.
    """
    url = public_url()
    return f"{url}{path}" if url else request.build_absolute_uri(path)


def public_url() -> str:
    """Where the world reaches Certkeep, if that was set; else empty."""
    url: str = settings.PUBLIC_URL
    return "" if url == settings.EMBEDDED_URL else url
