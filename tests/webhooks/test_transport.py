"""One exchange with receivers of all kinds, over real sockets."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpcore
import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pytest_django import Settings

from config.outbound.connections import Connections
from config.outbound.targets import TargetRefused
from config.outbound.transport import MAX_ANSWER_BYTES, Response, exchange
from tests.webhooks import receiver as receivers
from tests.webhooks.receiver import Behaviour, Handler, Receiver, answer, closed_port, receiving

REAL_GETADDRINFO = socket.getaddrinfo
#: On a busy machine a deadline of half a second is noticed by then; nothing else ends so soon.
LATE_SECONDS = 3.0


@pytest.fixture
def connections() -> Iterator[Connections]:
    connections = Connections(ssl.create_default_context())
    yield connections
    connections.close()


def post(connections: Connections, url: str, *, timeout_s: float = 10) -> Response:
    return exchange(connections, httpx.URL(url), headers=[], content=b"{}", timeout_s=timeout_s)


def resolve(monkeypatch: pytest.MonkeyPatch, host: str, *answers: list[str]) -> list[str]:
    """Let `host` lead to other addresses at each question; returns the hosts that were asked."""
    asked: list[str] = []
    left = list(answers)

    def getaddrinfo(name: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        asked.append(name)
        if name != host:
            return REAL_GETADDRINFO(name, port, *args, **kwargs)
        addresses = left.pop(0) if len(left) > 1 else left[0]
        return [
            found
            for address in addresses
            for found in REAL_GETADDRINFO(address, port, *args, **kwargs)
        ]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


def test_the_answer_is_returned_and_the_connection_used_again(
    connections: Connections,
) -> None:
    with receiving(always=answer(200, b"thanks", Retry_After="5")) as receiver:
        responses = [post(connections, receiver.url) for _ in range(3)]

        assert responses[0].status == 200
        assert responses[0].content == b"thanks"
        assert responses[0].headers["retry-after"] == "5"
        assert len({request.connection for request in receiver.requests}) == 1


def test_threads_never_share_a_connection_and_none_is_opened_without_need(
    connections: Connections,
) -> None:
    with receiving() as receiver, ThreadPoolExecutor(4) as threads:
        statuses = list(threads.map(lambda _: post(connections, receiver.url).status, range(400)))

        assert set(statuses) == {200}
        assert len({request.connection for request in receiver.requests}) <= 4


def test_a_connection_that_was_idle_for_long_or_closed_by_the_server_is_not_used_again(
    connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hang_up(handler: Handler) -> None:
        handler.respond(200)
        handler.close_connection = True

    with receiving(always=hang_up) as receiver:
        post(connections, receiver.url)
        time.sleep(0.1)
        post(connections, receiver.url)
    monkeypatch.setattr("config.outbound.connections.KEEPALIVE_SECONDS", 0.05)
    with receiving() as receiver:
        post(connections, receiver.url)
        time.sleep(0.1)
        post(connections, receiver.url)

        assert len({request.connection for request in receiver.requests}) == 2


def test_no_cookie_comes_back(connections: Connections) -> None:
    with receiving(always=answer(200, Set_Cookie="a=b; Path=/")) as receiver:
        post(connections, receiver.url)
        post(connections, receiver.url)

        assert "cookie" not in receiver.requests[1].headers


def test_a_redirect_is_not_followed(connections: Connections) -> None:
    with receiving() as other, receiving(always=answer(302, Location=other.url)) as receiver:
        response = post(connections, receiver.url)

        assert response.status == 302
        assert other.requests == []


def test_a_proxy_of_the_environment_is_not_used(
    connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{closed_port()}")
    monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{closed_port()}")

    with receiving() as receiver:
        assert post(connections, receiver.url).status == 200


@pytest.mark.parametrize("behaviour", [receivers.hang, receivers.drip], ids=["hang", "drip"])
def test_a_receiver_that_holds_us_up_is_left_at_the_deadline(
    behaviour: Behaviour, connections: Connections
) -> None:
    with receiving(always=behaviour) as receiver:
        started = time.monotonic()
        with pytest.raises(httpcore.TimeoutException):
            post(connections, receiver.url, timeout_s=0.5)

        assert time.monotonic() - started < LATE_SECONDS


def test_a_receiver_that_reads_nothing_is_left_at_the_deadline(
    connections: Connections,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = httpx.URL(f"http://127.0.0.1:{server.getsockname()[1]}/")
        started = time.monotonic()
        with pytest.raises(httpcore.TimeoutException):
            exchange(connections, url, headers=[], content=b"x" * 50_000_000, timeout_s=0.5)

        assert time.monotonic() - started < LATE_SECONDS


def test_headers_without_end_are_left_at_the_deadline(connections: Connections) -> None:
    def drip_headers(handler: Handler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
        while not handler.server.receiver.is_over.wait(0.05):
            handler.wfile.write(b"x")

    with receiving(always=drip_headers) as receiver:
        started = time.monotonic()
        with pytest.raises(httpcore.TimeoutException):
            post(connections, receiver.url, timeout_s=0.5)

        assert time.monotonic() - started < LATE_SECONDS


def test_a_resolver_that_does_not_answer_is_left_at_the_deadline(
    connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(5))

    started = time.monotonic()
    with pytest.raises(httpcore.ConnectTimeout):
        post(connections, "http://slow.example/", timeout_s=0.3)

    assert time.monotonic() - started < LATE_SECONDS


def test_of_a_huge_answer_the_beginning_is_read_and_the_connection_dropped(
    connections: Connections,
) -> None:
    with receiving(always=receivers.flood) as receiver:
        response = post(connections, receiver.url)

        assert len(response.content) == MAX_ANSWER_BYTES
        post(connections, receiver.url)
        assert receiver.requests[0].connection != receiver.requests[1].connection


def test_a_cut_answer_is_an_error(connections: Connections) -> None:
    with receiving(always=receivers.cut) as receiver, pytest.raises(httpcore.ProtocolError):
        post(connections, receiver.url)


def test_what_is_not_http_is_an_error(connections: Connections) -> None:
    def talk(handler: Handler) -> None:
        handler.wfile.write(b"220 mail.example.org ESMTP\r\n")
        handler.close_connection = True

    with receiving(always=talk) as receiver, pytest.raises(httpcore.ProtocolError):
        post(connections, receiver.url)


def test_a_host_is_resolved_once_and_that_address_called(
    connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = resolve(monkeypatch, "rebinding.example", ["127.0.0.1"], ["10.0.0.1"])

    with receiving() as receiver:
        response = post(connections, f"http://rebinding.example:{receiver.port}/hook")

        assert response.status == 200
        assert receiver.requests[0].headers["host"] == f"rebinding.example:{receiver.port}"
    assert asked.count("rebinding.example") == 1


def test_a_host_that_leads_inside_at_the_second_question_is_refused_then(
    connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve(monkeypatch, "rebinding.example", ["127.0.0.1"], ["10.0.0.1"])
    hang_up = answer(200, Connection="close")

    with receiving(always=hang_up) as receiver:
        post(connections, f"http://rebinding.example:{receiver.port}/hook")
        with pytest.raises(TargetRefused):
            post(connections, f"http://rebinding.example:{receiver.port}/hook")

        assert len(receiver.requests) == 1


def test_nothing_is_sent_to_an_address_that_is_not_allowed(
    connections: Connections, settings: Settings
) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = []

    with receiving() as receiver:
        with pytest.raises(TargetRefused):
            post(connections, receiver.url)

        assert receiver.requests == []


def test_the_next_address_is_tried_when_one_takes_no_connection(
    connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve(monkeypatch, "two.example", ["127.0.0.2", "127.0.0.1"])

    with receiving() as receiver:
        assert post(connections, f"http://two.example:{receiver.port}/").status == 200


def test_a_port_that_nobody_listens_on_is_an_error(connections: Connections) -> None:
    with pytest.raises(httpcore.ConnectError):
        post(connections, f"http://127.0.0.1:{closed_port()}/")


class Authority:
    """A certificate of its own making for `host`, and what trusts it."""

    def __init__(self, host: str, folder: Path) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
        alternative: x509.GeneralName = (
            x509.IPAddress(ipaddress.ip_address(host)) if host[0].isdigit() else x509.DNSName(host)
        )
        now = dt.datetime.now(dt.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        pem = certificate.public_bytes(serialization.Encoding.PEM)
        file = folder / "receiver.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + pem
        )
        self.server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.server_context.load_cert_chain(file)
        self.client_context = ssl.create_default_context(cadata=pem.decode())


def url_of(host: str, receiver: Receiver) -> str:
    return f"https://{host}:{receiver.port}/hook"


def test_tls_is_checked_against_the_name_not_the_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority("hooks.example", tmp_path)
    resolve(monkeypatch, "hooks.example", ["127.0.0.1"])

    with (
        receiving(ssl_context=authority.server_context) as receiver,
    ):
        connections = Connections(authority.client_context)
        assert post(connections, url_of("hooks.example", receiver)).status == 200
        with pytest.raises(httpcore.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            post(connections, url_of("127.0.0.1", receiver))


def test_a_certificate_that_nobody_vouches_for_is_refused(
    tmp_path: Path, connections: Connections
) -> None:
    authority = Authority("127.0.0.1", tmp_path)

    with (
        receiving(ssl_context=authority.server_context) as receiver,
        pytest.raises(httpcore.ConnectError, match="CERTIFICATE_VERIFY_FAILED"),
    ):
        post(connections, url_of("127.0.0.1", receiver))


def test_a_handshake_that_is_not_answered_is_left_at_the_deadline(
    connections: Connections,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        started = time.monotonic()
        with pytest.raises(httpcore.TimeoutException):
            post(connections, f"https://127.0.0.1:{server.getsockname()[1]}/", timeout_s=0.5)

        assert time.monotonic() - started < LATE_SECONDS
