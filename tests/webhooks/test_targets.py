"""Which URLs and addresses are sent to."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

import pytest
from pytest_django import Settings

from config.outbound.targets import (
    TargetRefused,
    allowed_addresses,
    is_allowed,
    parse_url,
)

REFUSED = {
    "0.0.0.0": "this network",  # noqa: S104
    "10.1.2.3": "private",
    "172.31.255.255": "private",
    "192.168.1.1": "private",
    "127.0.0.1": "loopback",
    "169.254.169.254": "link-local, the metadata service of clouds",
    "100.64.0.1": "carrier-grade NAT",
    "192.0.0.8": "IETF protocol assignments",
    "192.0.2.1": "documentation",
    "192.88.99.1": "6to4 relay",
    "198.18.0.1": "benchmarks",
    "224.0.0.1": "multicast",
    "239.255.255.250": "multicast",
    "240.0.0.1": "reserved",
    "255.255.255.255": "broadcast",
    "::": "unspecified",
    "::1": "loopback",
    "::10.0.0.1": "IPv4-compatible",
    "::ffff:10.0.0.1": "IPv4-mapped",
    "::ffff:127.0.0.1": "IPv4-mapped",
    "64:ff9b::a00:1": "NAT64 of 10.0.0.1",
    "64:ff9b::7f00:1": "NAT64 of 127.0.0.1",
    "64:ff9b:1::a00:1": "NAT64 of a local network",
    "2002:a00:1::1": "6to4 of 10.0.0.1",
    "2001:0:a00:1::": "Teredo with a private server",
    "2001:0:808:808::f5ff:fffe": "Teredo with a private client",
    "::ffff:0:7f00:1": "SIIT of 127.0.0.1",
    "::ffff:0:a00:1": "SIIT of 10.0.0.1",
    "::ffff:0:a9fe:a9fe": "SIIT of the metadata service",
    "64:ff9b:0:0:0:0:c0a8:101": "NAT64 of 192.168.1.1",
    "2002:7f00:1::": "6to4 of 127.0.0.1",
    "2002:a9fe:a9fe::1": "6to4 of the metadata service",
    "2001:0:7f00:1::": "Teredo with a server on loopback",
    "::7f00:1": "IPv4-compatible loopback",
    "fe80::5efe:a00:1": "ISATAP of 10.0.0.1",
    "2001:db8::1": "documentation",
    "3fff::1": "documentation",
    "fc00::1": "unique local",
    "fd12:3456::1": "unique local",
    "fe80::1": "link-local",
    "fe80::1%eth0": "link-local with a zone",
    "fec0::1": "site-local",
    "ff02::1": "multicast",
    "ff0e::1": "multicast of global scope",
}
ALLOWED = [
    "8.8.8.8",
    "1.1.1.1",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "::ffff:0:808:808",
    "2606:4700::1111",
]


@pytest.mark.parametrize("address", REFUSED)
def test_an_address_that_is_not_public_is_refused(address: str, settings: Settings) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = []

    assert not is_allowed(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ALLOWED)
def test_a_public_address_is_allowed(address: str, settings: Settings) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = []

    assert is_allowed(ipaddress.ip_address(address))


def test_a_network_can_be_allowed(settings: Settings) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = ["10.1.0.0/16", "fd00:1::/32"]

    allowed = ["10.1.2.3", "::ffff:10.1.2.3", "fd00:1::5"]
    refused = ["10.2.0.1", "::ffff:10.2.0.1", "fd00:2::5", "127.0.0.1"]
    assert all(is_allowed(ipaddress.ip_address(address)) for address in allowed)
    assert not any(is_allowed(ipaddress.ip_address(address)) for address in refused)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org",
        "ftp://example.org/",
        "http://example.org/",
        "https:///path",
        "https://",
        "https://user:secret@example.org/",
        "https://user@example.org/",
        "https://example.org/#part",
        "https://example.org/#",
        "https://example.org:99999/",
        "https://example.org:0/",
        "https://exam ple.org/",
        "https://example.org/\n",
        "https://10.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[fe80::1%25eth0]/",
        "https://[not-an-address]/",
        "https://" + "a" * 2000 + ".org/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https://8.8.8.8.8/",
        "https://0/",
        "https://127.0.0.1./",
        "https://１２７.0.0.1/",
        "https://127。0。0。1/",
        "https://example.org\\@10.0.0.1/",
        "https://10.0.0.1\\.example.org/",
        "https://example.org@10.0.0.1/",
        "https://:@example.org/",
        "https://[::ffff:169.254.169.254]/",
        "https://[64:ff9b::a9fe:a9fe]/",
        "https://[::ffff:0:127.0.0.1]/",
        "https://[::ffff:0:a9fe:a9fe]/",
        "https://[2002:7f00:1::1]/",
        "https://[::ffff:6440:1]/",
        "https://xn--/",
        "https://exa\u00admple.org:0/",
        "//example.org/",
        "javascript://example.org/%0aalert(1)",
    ],
)
def test_a_url_that_is_no_target_is_refused(url: str, settings: Settings) -> None:
    settings.WEBHOOK_ALLOW_HTTP = False
    settings.WEBHOOK_ALLOWED_NETWORKS = []

    with pytest.raises(TargetRefused):
        parse_url(url)


def test_http_is_a_target_only_where_it_is_allowed(settings: Settings) -> None:
    settings.WEBHOOK_ALLOW_HTTP = True

    assert parse_url("http://example.org/hook").scheme == "http"


def test_a_host_in_other_letters_is_looked_up_in_ascii() -> None:
    assert parse_url("https://bücher.example/hook").raw_host == b"xn--bcher-kva.example"


def answers(*addresses: str) -> Any:
    """A resolver that always finds these."""
    found = [
        (
            socket.AF_INET6 if ":" in address else socket.AF_INET,
            socket.SOCK_STREAM,
            6,
            "",
            (address, 443),
        )
        for address in addresses
    ]
    return lambda *_, **__: found


def test_of_a_hosts_addresses_only_the_allowed_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", answers("10.0.0.1", "8.8.8.8", "8.8.8.8", "fe80::1"))

    assert allowed_addresses("example.org", 443) == ["8.8.8.8"]


def test_a_host_without_an_allowed_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", answers("10.0.0.1", "fd00::1"))

    with pytest.raises(TargetRefused, match=r"10\.0\.0\.1 is not a public address"):
        allowed_addresses("example.org", 443)


@pytest.mark.parametrize("address", ["::ffff:0:7f00:1", "::ffff:7f00:1", "2002:7f00:1::"])
def test_a_name_that_leads_to_an_embedded_address_is_not_connected_to(
    address: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = []
    monkeypatch.setattr(socket, "getaddrinfo", answers(address))

    with pytest.raises(TargetRefused, match="is not a public address"):
        allowed_addresses("example.org", 443)


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "0177.0.0.1"])
def test_odd_spellings_of_an_address_are_seen_through(host: str, settings: Settings) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = []

    with pytest.raises(TargetRefused, match=r"127\.0\.0\.1"):
        allowed_addresses(host, 443)
