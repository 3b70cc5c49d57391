"""The compose file's proxy in front of a real web process."""

from __future__ import annotations

import json
import socket
import ssl
import time
from collections.abc import Iterator

import pytest

from tests.docker.proxy import Proxy, running_proxy
from tests.e2e.conftest import NewStack
from tests.e2e.stack import Stack

RECORD = "/api/v1/certification-records"
UPLOAD = "/v2/attachment/create"
IMPORT = "/admin/certifications/mentor/import-rows/"
MEBIBYTE = 1024 * 1024

pytestmark = [
    pytest.mark.services,
    pytest.mark.parametrize("backend", ["services"], indirect=True),
]


@pytest.fixture
def stack(new_stack: NewStack) -> Stack:
    stack = new_stack(BEHIND_TLS_PROXY="true", LOG_FORMAT="json")
    stack.start_web()
    return stack


@pytest.fixture
def proxy(stack: Stack) -> Iterator[Proxy]:
    with running_proxy(stack.port) as proxy:
        yield proxy


def requests_of(stack: Stack, path: str) -> list[dict[str, object]]:
    """What web logged of requests to the path."""
    lines = [json.loads(line) for line in stack.log("web").splitlines() if line.startswith("{")]
    asked = [(str(line.get("request", "")).partition(" ")[2], line) for line in lines]
    return [line for address, line in asked if address.partition("?")[0] == path]


def test_requests_pass_with_host_and_scheme(proxy: Proxy) -> None:
    body = {"mentor_id": "m", "cert_type": "cpr", "expires_at": "2199-01-01"}

    made, _ = proxy.ask(RECORD, json.dumps(body).encode(), {"Content-Type": "application/json"})
    status, text = proxy.ask("/api/v1/certifications?limit=1")

    assert (made, status) == (201, 200)
    assert json.loads(text)["pagination"]["total"] == 1
    # Not sent to https, as plain http would be.
    assert proxy.ask("/admin/login/")[0] == 200


def test_the_address_is_what_the_proxy_saw_whatever_a_client_says(
    stack: Stack, proxy: Proxy
) -> None:
    claims = {"X-Forwarded-For": "203.0.113.1", "X_Forwarded_For": "203.0.113.2"}

    assert proxy.ask("/api/v1/certifications?page=1", headers=claims)[0] == 200
    stack.wait_until(
        lambda: requests_of(stack, "/api/v1/certifications"), timeout_s=10, what="the log's line"
    )

    (line,) = requests_of(stack, "/api/v1/certifications")
    assert line["ip"] == "127.0.0.1"
    # The proxy is believed: what it says is not what web itself sees of another machine.
    direct = {"X-Forwarded-For": "203.0.113.1, 198.51.100.7", "X-Forwarded-Proto": "https"}
    stack.api("GET", "/api/v1/certifications/expiring", headers=direct)
    (line,) = requests_of(stack, "/api/v1/certifications/expiring")
    assert line["ip"] == "198.51.100.7"


@pytest.mark.parametrize(
    ("path", "most"), [(RECORD, MEBIBYTE), (UPLOAD, 26 * MEBIBYTE), (IMPORT, 51 * MEBIBYTE)]
)
def test_a_body_past_its_addresss_limit_is_a_413_that_web_never_sees(
    stack: Stack, proxy: Proxy, path: str, most: int
) -> None:
    before = len(requests_of(stack, path))
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {most + 1}\r\n\r\n"

    with _connected(proxy) as connection:
        connection.sendall(head.encode())
        answer = connection.recv(65536).decode()

    assert answer.startswith("HTTP/1.1 413 ")
    assert "application/problem+json" in answer
    assert len(requests_of(stack, path)) == before


@pytest.mark.parametrize(("path", "status"), [(UPLOAD, "401"), (IMPORT, "403")])
def test_whoever_may_not_upload_is_told_before_the_file_is_sent(
    proxy: Proxy, path: str, status: str
) -> None:
    form = "Content-Type: multipart/form-data; boundary=x"
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{form}\r\n"

    with _connected(proxy) as connection:
        connection.sendall(f"{head}Content-Length: {20 * MEBIBYTE}\r\n\r\n--x".encode())
        answer = connection.recv(65536).decode()

    assert answer.split(" ")[1] == status


def test_a_slow_body_never_reaches_web(stack: Stack, proxy: Proxy) -> None:
    head = f"PUT {RECORD}/slow HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\n"

    with _connected(proxy) as connection:
        connection.sendall(head.encode() + b"{")
        began = time.monotonic()
        # The proxy gives up after ten seconds without a byte, and says nothing.
        assert connection.recv(65536).partition(b"\r\n")[0] in (
            b"",
            b"HTTP/1.1 408 Request Time-out",
        )
        assert 5 < time.monotonic() - began < 20

    assert requests_of(stack, f"{RECORD}/slow") == []
    assert proxy.ask("/livez")[0] == 200


def _connected(proxy: Proxy) -> ssl.SSLSocket:
    plain = socket.create_connection(("127.0.0.1", proxy.port), timeout=25)
    return proxy.context.wrap_socket(plain, server_hostname="127.0.0.1")
