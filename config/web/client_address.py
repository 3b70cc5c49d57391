"""Where a request comes from."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest

#: Subscribers get a whole network of IPv6 addresses of this size, each of which may be another's.
_IPV6_SUBSCRIBER = 64


def client_address(request: HttpRequest) -> str | None:
    """The client's IP address in its usual form: the proxy's word for it where one is trusted.

    Where that word is no address, it is the proxy's own. None for a request that came by no
    network.
    """
    # Not `request.headers`, which would be made of all headers for the sake of one.
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "") if settings.BEHIND_TLS_PROXY else ""
    # The proxy in front adds the address it saw at the end; what stands before is hearsay.
    seen = parse_address(forwarded.rpartition(",")[2]) if forwarded else None
    return seen or parse_address(request.META.get("REMOTE_ADDR") or "")


def login_address(request: HttpRequest) -> str | None:
    """What stands for the client in limits of logins: its address, of IPv6 that of its network."""
    address = client_address(request)
    return address and network_of(address).partition("/")[0]


def network_of(address: str) -> str:
    """What stands for one caller in limits: an IPv4 address, or an IPv6 subscriber's network."""
    parsed = ipaddress.ip_address(address)
    if parsed.version == 4:
        return address
    network = ipaddress.ip_network((int(parsed), _IPV6_SUBSCRIBER), strict=False)
    return str(network)


def parse_address(text: str) -> str | None:
    """The IP address that `text` gives, without port, brackets and zone; None for anything else.

    Some gateways write `8.8.8.8:5000` or `[2001:db8::1]:443`. An IPv4 address in IPv6's form
    (`::ffff:8.8.8.8`) is the same client as in its own.
    """
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        parsed = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(parsed.ipv4_mapped or parsed)
    return str(parsed)
