"""A receiver of webhooks on 127.0.0.1: it answers as a test tells it and keeps what it got."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

#: What a test may wait for at most, in seconds.
PATIENCE_SECONDS = 20.0


@dataclass(frozen=True)
class Request:
    path: str
    headers: dict[str, str]  #: names in lower case
    body: bytes
    received_at: float  #: monotonic
    method: str
    connection: int  #: the port it came from


class Handler(BaseHTTPRequestHandler):
    """One connection to the receiver."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        if len(body) < length:
            # The sender died in the middle: HTTP knows no half request.
            self.close_connection = True
            return
        request = Request(
            path=self.path,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=body,
            received_at=time.monotonic(),
            method=self.command,
            connection=self.client_address[1],
        )
        self.server.receiver.take(request, self)

    def do_GET(self) -> None:
        self.do_POST()

    def respond(self, status: int, body: bytes = b"", **headers: str) -> None:
        """A whole answer in one write; header names are written with `_` for `-`."""
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.wfile.write("\r\n".join([*lines, "", ""]).encode() + body)

    def log_message(self, format: str, *args: Any) -> None:
        """Tests look at `requests` instead."""


Behaviour = Callable[[Handler], None]


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, receiver: Receiver) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.receiver = receiver

    def handle_error(self, request: Any, client_address: Any) -> None:
        """The sender hangs up in many tests; that is no news."""


@dataclass
class Receiver:
    """`script` is used up first, one behaviour a request; then comes `always`."""

    script: list[Behaviour] = field(default_factory=list)
    always: Behaviour = lambda handler: handler.respond(200, b"ok")
    requests: list[Request] = field(default_factory=list)
    most_at_once: int = 0

    def __post_init__(self) -> None:
        self.lock = threading.Lock()
        self.server = Server(self)
        self.is_over = threading.Event()
        self.at_once = 0
        self.scheme = "http"

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/hook"

    @property
    def bodies(self) -> list[bytes]:
        return [request.body for request in self.requests]

    def take(self, request: Request, handler: Handler) -> None:
        with self.lock:
            self.requests.append(request)
            behaviour = self.script.pop(0) if self.script else self.always
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            behaviour(handler)
        finally:
            with self.lock:
                self.at_once -= 1

    def wait_for(self, count: int) -> None:
        """Until so many requests have come."""
        until = time.monotonic() + PATIENCE_SECONDS
        while len(self.requests) < count:
            assert time.monotonic() < until, f"{len(self.requests)} of {count} requests came"
            time.sleep(0.005)


@contextmanager
def receiving(
    *script: Behaviour, always: Behaviour | None = None, ssl_context: ssl.SSLContext | None = None
) -> Iterator[Receiver]:
    """A receiver that runs while the block does."""
    receiver = Receiver(script=list(script))
    if always is not None:
        receiver.always = always
    if ssl_context is not None:
        receiver.scheme = "https"
        receiver.server.socket = ssl_context.wrap_socket(receiver.server.socket, server_side=True)
    thread = threading.Thread(target=receiver.server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.is_over.set()
        receiver.server.shutdown()
        receiver.server.server_close()
        thread.join()


def answer(status: int, body: bytes = b"", **headers: str) -> Behaviour:
    """Answer with that."""
    return lambda handler: handler.respond(status, body, **headers)


def hang(handler: Handler) -> None:
    """Say nothing until the sender gives up."""
    handler.connection.settimeout(PATIENCE_SECONDS)
    handler.connection.recv(1)


def drip(handler: Handler) -> None:
    """Answer so that a byte comes ever so often, and the end never."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while not handler.server.receiver.is_over.wait(0.1):
        handler.wfile.write(b"x")


def cut(handler: Handler) -> None:
    """Promise 100 bytes, send 10, hang up."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789")
    handler.close_connection = True


def flood(handler: Handler) -> None:
    """Answer with 50 MB."""
    handler.close_connection = True
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 52428800\r\n\r\n")
    sent = 0
    try:
        for _ in range(800):
            handler.wfile.write(b"x" * 65536)
            sent += 65536
    finally:
        handler.server.receiver.flooded_bytes = sent  # type: ignore[attr-defined]


def after(seconds: float, then: Behaviour = answer(200)) -> Behaviour:  # noqa: B008 (a function)
    """Take that long, then do that."""

    def behave(handler: Handler) -> None:
        handler.server.receiver.is_over.wait(seconds)
        then(handler)

    return behave


def closed_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
