"""Where webhooks and pings may go: https URLs whose host leads to public addresses.

Others choose the URLs, we send from inside our network: without these rules a request would reach
what only we can reach. Special addresses are listed in the IANA IPv4 and IPv6 Special-Purpose
Address Registries.
"""

from __future__ import annotations

import functools
import ipaddress
import re
import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

import httpx
from django.conf import settings

MAX_URL_LENGTH = 2000

#: The last part of a host that is no name (WHATWG URL, "ends in a number").
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9a-fA-F]*")
#: Networks whose last 32 bits are an IPv4 address, beside those that `ipaddress` knows.
_IPV4_IN_THE_END = [
    ipaddress.ip_network(network)
    for network in (
        "64:ff9b::/96",  # NAT64 (RFC 6052)
        "::/96",  # IPv4-compatible (RFC 4291 section 2.5.5.1), deprecated
        "::ffff:0:0:0/96",  # IPv4-translated by SIIT (RFC 2765, in RFC 6145 section 3.4)
    )
]
#: What older versions of `ipaddress` take for global, and isn't.
_NOT_PUBLIC = [
    ipaddress.ip_network(network)
    for network in (
        "192.0.0.0/24",  # IETF protocol assignments
        "192.88.99.0/24",  # the anycast relay of 6to4
        "64:ff9b:1::/48",  # NAT64 of a local network
        "2001::/23",  # IETF protocol assignments
        "3fff::/20",  # documentation
        "5f00::/16",  # segment routing
        "fec0::/10",  # site-local
    )
]


class TargetRefused(Exception):
    """The URL or the address is none that we send to; the text says why."""


def parse_url(url: str) -> httpx.URL:
    """The URL in parts, its host in ASCII (IDNA); `TargetRefused` when it may not be a target.

    No name is resolved: what it leads to may change, and is checked on every connection.
    """
    if len(url) > MAX_URL_LENGTH:
        raise TargetRefused(f"The URL has more than {MAX_URL_LENGTH} characters.")
    if any(character.isspace() for character in url):
        raise TargetRefused("The URL has white space in it.")
    if "\\" in url:
        # Some programs read it as a slash, and another host before it.
        raise TargetRefused("The URL has a backslash in it.")
    try:
        parsed = httpx.URL(url)
        host = parsed.host  # decoded from IDNA only now
    except (httpx.InvalidURL, UnicodeError) as error:
        raise TargetRefused("This is not a URL.") from error
    schemes = ("https", "http") if settings.WEBHOOK_ALLOW_HTTP else ("https",)
    if parsed.scheme not in schemes:
        raise TargetRefused(f"The URL has to begin with {' or '.join(f'{s}://' for s in schemes)}.")
    if not parsed.raw_host:
        raise TargetRefused("The URL needs a host.")
    if parsed.port is not None and not 0 < parsed.port < 65536:
        raise TargetRefused("The URL's port is not between 1 and 65535.")
    if parsed.userinfo:
        raise TargetRefused("The URL must not carry a user name or a password.")
    if "#" in url:
        raise TargetRefused("The URL must not have a fragment.")
    literal = _literal(host)
    if literal is not None and not is_allowed(literal):
        raise TargetRefused(f"{literal} is not a public address.")
    if literal is None and _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
        # What resolvers take for addresses: 2130706433, 0x7f.1, 0177.0.0.1.
        raise TargetRefused("The host is neither a name nor an address in its usual form.")
    return parsed


def allowed_addresses(host: str, port: int) -> list[str]:
    """The addresses that the host has now and that may be called; `TargetRefused` without any.

    Asks the resolver once: whoever connects has to use these very addresses. A host that can't be
    resolved is an `OSError` of the resolver.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise TargetRefused("The host is not a name.") from error
    addresses = list(dict.fromkeys(str(answer[4][0]) for answer in found))
    allowed = [address for address in addresses if is_allowed(ipaddress.ip_address(address))]
    if not allowed:
        raise TargetRefused(f"{addresses[0]} is not a public address.")
    return allowed


def is_allowed(address: IPv4Address | IPv6Address) -> bool:
    """Whether it is public, or in a network that `WEBHOOK_ALLOWED_NETWORKS` names.

    An IPv6 address that stands for an IPv4 address is allowed where that one is.
    """
    if any(address in network for network in _allowed_networks(*settings.WEBHOOK_ALLOWED_NETWORKS)):
        return True
    inner = _embedded(address) if isinstance(address, IPv6Address) else []
    if inner:
        return all(is_allowed(each) for each in inner)
    return (
        address.is_global
        and not address.is_multicast
        and not any(address in network for network in _NOT_PUBLIC)
    )


def _embedded(address: IPv6Address) -> list[IPv4Address]:
    """The IPv4 addresses that a packet to this address would or could go to."""
    if address.ipv4_mapped:
        return [address.ipv4_mapped]
    if address.sixtofour:
        return [address.sixtofour]
    if address.teredo:
        return list(address.teredo)
    if any(address in network for network in _IPV4_IN_THE_END):
        return [IPv4Address(int(address) & 0xFFFFFFFF)]
    return []


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


@functools.cache
def _allowed_networks(*networks: str) -> list[IPv4Network | IPv6Network]:
    return [ipaddress.ip_network(network.strip()) for network in networks]
