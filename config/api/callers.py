"""By whom a request was made, as a word that tells callers apart."""

from __future__ import annotations

from rest_framework.request import Request

from config.web.client_address import client_address


def account_of(request: Request) -> str | None:
    """The account of the request's token; None without one."""
    return f"account:{request.user.pk}" if request.user.is_authenticated else None


def address_of(request: Request) -> str:
    """Where the request comes from."""
    return f"address:{client_address(request._request) or 'local'}"


def caller_of(request: Request) -> str:
    """The account, or else the address."""
    return account_of(request) or address_of(request)
