"""By whom a request was made, as a word that tells callers apart."""

from __future__ import annotations

from django.http import HttpRequest
from rest_framework.request import Request

from config.web.client_address import client_address, network_of


def account_of(request: Request) -> str | None:
    """The account of the request's token; None without one."""
    return f"account:{request.user.pk}" if request.user.is_authenticated else None


def address_of(request: HttpRequest) -> str:
    """Where the request comes from: an address, or a subscriber's network of IPv6."""
    address = client_address(request)
    return f"address:{network_of(address) if address else 'local'}"


def caller_of(request: Request) -> str:
    """The account, or else the address."""
    return account_of(request) or address_of(request._request)
