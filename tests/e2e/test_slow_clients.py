"""Nobody holds the site up by sending or reading slowly, nor fills its disk by sending much."""

from __future__ import annotations

import os
import socket
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from tests.e2e.conftest import NewStack
from tests.e2e.slow_clients import slow_clients
from tests.e2e.stack import Stack

RECORD = "/api/v1/certification-records"
IMPORT = "/admin/certifications/mentor/import-rows/"
JSON = "Content-Type: application/json"
FORM = "Content-Type: multipart/form-data; boundary=x"
LATER = "2199-01-01"
#: What all of them wait for: that every answer is there within this.
SOON_S = 1.0


def head(method: str, path: str, *lines: str) -> str:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *lines, "", ""])


def assert_all_works(stack: Stack, *, within_s: float = SOON_S) -> None:
    """Probe, read and write: each is answered soon, several times in a row."""
    body = {"mentor_id": "m", "cert_type": "cpr", "expires_at": LATER}
    asked: list[Callable[[], int]] = [
        lambda: stack.get("/livez").status,
        lambda: stack.api("POST", RECORD, body).status,
        lambda: stack.get(f"{RECORD}/m").status,
        lambda: stack.get("/admin/login/").status,
    ]
    for _ in range(3):
        for ask in asked:
            began = time.monotonic()
            assert ask() in (200, 201)
            assert time.monotonic() - began < within_s


@pytest.fixture
def stack(new_stack: NewStack) -> Stack:
    stack = new_stack(WEB_WORKERS="2", WEB_THREADS="3")
    stack.manage("collectstatic", "--noinput", "--verbosity", "0")
    stack.start_web()
    # Each process has loaded what it needs, and connected to the database.
    for _ in range(20):
        stack.get(f"{RECORD}/m")
        stack.get("/admin/login/")
    return stack


@pytest.mark.parametrize("backend", ["embedded"], indirect=True)
def test_a_hundred_slow_bodies_hold_nobody_up(stack: Stack) -> None:
    length = "Content-Length: 100000"
    heads = [
        head("POST", RECORD, JSON, length),
        head("PUT", f"{RECORD}/m", JSON, length),
        head("POST", "/admin/login/", FORM, length),
        head("POST", "/v2/attachment/create", FORM, length),
        # A chunk of 64 KiB that never comes as a whole.
        head("POST", RECORD, JSON, "Transfer-Encoding: chunked") + "10000\r\n",
        # As small as most bodies are.
        head("POST", "/nowhere", JSON, "Content-Length: 1000"),
    ]

    with slow_clients(stack.port, heads * 20) as clients:
        assert_all_works(stack)
        statuses = clients.statuses()

    # Whoever may not upload is told so before any of it is read.
    assert statuses == ["408", "408", "408", "401", "408", "408"] * 20


@pytest.mark.parametrize("backend", ["embedded"], indirect=True)
def test_slow_heads_hold_nobody_up(stack: Stack) -> None:
    unfinished = "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "

    with slow_clients(stack.port, [unfinished] * 100):
        assert_all_works(stack)


@pytest.mark.parametrize("backend", ["embedded"], indirect=True)
def test_clients_that_read_nothing_hold_nobody_up(stack: Stack) -> None:
    large = max(
        (path for path in (stack.var_dir / "static").rglob("*") if path.is_file()),
        key=lambda path: path.stat().st_size,
    )
    asked = head("GET", f"/static/{large.relative_to(stack.var_dir / 'static')}")
    # All at once on each connection: more than the buffers of both ends hold.
    connections = []
    for _ in range(30):
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", stack.port))
        connection.sendall((asked * 5).encode())
        connections.append(connection)
    time.sleep(1)

    try:
        assert_all_works(stack)
    finally:
        for connection in connections:
            connection.close()


@pytest.mark.parametrize("backend", ["embedded"], indirect=True)
def test_a_request_that_waits_for_the_database_holds_nobody_up(stack: Stack) -> None:
    body = {"mentor_id": "m", "cert_type": "cpr", "expires_at": LATER}
    writer = sqlite3.connect(stack.var_dir / "certkeep.sqlite3", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")

    with ThreadPoolExecutor(2) as pool:
        # One in each process, or both in one.
        waiting = [pool.submit(stack.api, "POST", RECORD, body) for _ in range(2)]
        time.sleep(0.5)
        for _ in range(20):
            began = time.monotonic()
            assert stack.get("/livez").status == 200
            assert stack.get(f"{RECORD}/nobody").status == 404
            assert time.monotonic() - began < SOON_S
        assert not any(each.done() for each in waiting)
        writer.execute("ROLLBACK")
        statuses = {each.result().status for each in waiting}

    assert statuses <= {200, 201}


@pytest.mark.parametrize("backend", ["embedded"], indirect=True)
def test_a_body_past_its_routes_limit_is_refused_before_it_is_read(
    new_stack: NewStack, tmp_path: Path
) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    stack = new_stack(TMPDIR=str(temporary))
    stack.start_web()
    much = f"Content-Length: {400 * 1024 * 1024}"
    asked = [
        head("POST", "/admin/login/", FORM, much),
        head("POST", "/api/v1/certifications", JSON, much),
        head("GET", "/livez", JSON, much),
        head("POST", "/api/docs", FORM, much),
    ]

    for each in asked:
        answered = answer_to(stack.port, each.encode())
        assert answered.startswith(b"HTTP/1.1 413 "), (each, answered)
    # An anonymous caller may upload nothing anywhere, however small it is.
    for path, status in (("/v2/attachment/create", b"401"), (IMPORT, b"403")):
        answered = answer_to(stack.port, head("POST", path, FORM, "Content-Length: 1000").encode())
        assert answered.split(b" ")[1] == status
    # What says nothing of its size is refused by what there is of it.
    piece = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    chunked = head("POST", "/admin/login/", FORM, "Transfer-Encoding: chunked").encode()
    answered = answer_to(stack.port, chunked + piece * 20)
    assert answered.startswith(b"HTTP/1.1 413 ")
    assert [name for name in os.listdir(temporary) if "metrics" not in name] == []


@pytest.mark.parametrize("backend", ["embedded"], indirect=True)
def test_one_request_brings_no_more_than_one_file_may_have(new_stack: NewStack) -> None:
    stack = new_stack(ATTACHMENT_MAX_BYTES="100000")
    stack.start_web()
    token = stack.manage("create_token", "uploader", "--role", "system").stdout.strip()
    boundary = b"--x\r\nContent-Disposition: form-data; name=a%d; filename=a\r\n\r\n"
    body = b"".join(boundary % number + b"y" * 60_000 + b"\r\n" for number in range(30)) + b"--x--"
    lines = (FORM, f"Authorization: Bearer {token}", f"Content-Length: {len(body)}")

    answered = answer_to(stack.port, head("POST", "/v2/attachment/create", *lines).encode())

    assert answered.startswith(b"HTTP/1.1 413 ")
    assert b"larger than 165536 bytes" in answered


@pytest.mark.parametrize("backend", ["embedded"], indirect=True)
def test_an_upload_while_the_database_fails_is_a_503_like_any_other(new_stack: NewStack) -> None:
    stack = new_stack()
    stack.start_web()
    token = stack.manage("create_token", "uploader", "--role", "system").stdout.strip()
    with sqlite3.connect(stack.var_dir / "certkeep.sqlite3") as database:
        database.execute("ALTER TABLE knox_authtoken RENAME TO away")
    lines = (FORM, f"Authorization: Bearer {token}", "Content-Length: 1000")

    answered = answer_to(stack.port, head("POST", "/v2/attachment/create", *lines).encode())

    assert answered.startswith(b"HTTP/1.1 503 ")
    assert b"application/problem+json" in answered
    assert b"The database does not answer in time." in answered


def answer_to(port: int, sent: bytes) -> bytes:
    """What the server answers; it may have hung up before all was sent."""
    with socket.create_connection(("127.0.0.1", port), timeout=15) as connection:
        with suppress(OSError):
            connection.sendall(sent)
        return connection.recv(65536)
