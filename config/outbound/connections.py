"""Connections to receivers: to addresses that were checked, and every step before a deadline."""

from __future__ import annotations

import functools
import ssl
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import certifi
import httpcore
from django.conf import settings

from config.outbound import targets

#: Bytes that are written at a time, so that the deadline is looked at in between.
WRITE_BYTES = 16 * 1024
#: Seconds that an idle connection is kept: less than servers do, which would hang up meanwhile.
KEEPALIVE_SECONDS = 3.0

_deadline: ContextVar[float] = ContextVar("outbound_deadline")
_Key = tuple[bytes, bytes, int]


@functools.cache
def shared_connections() -> Connections:
    """The connections of this process; they trust the machine's authorities, and Mozilla's."""
    context = ssl.create_default_context()  # heeds SSL_CERT_FILE
    context.load_verify_locations(certifi.where())
    return Connections(context)


class Connections:
    """Connections that are used again for a moment, each in the hands of one thread at a time.

    In httpcore's own pool a thread may take the answer on a connection that another one has just
    begun to use for a sign that the server hung up, and close it (seen under load with 1.0.9).
    """

    def __init__(self, ssl_context: ssl.SSLContext) -> None:
        self._ssl_context = ssl_context
        self._backend = CheckedBackend()
        self._lock = threading.Lock()
        self._idle: dict[_Key, list[httpcore.HTTPConnection]] = defaultdict(list)
        self._cleared_at = time.monotonic()

    @contextmanager
    def to(self, origin: httpcore.Origin) -> Iterator[httpcore.HTTPConnection]:
        """A connection for one exchange; a new one connects when it is used."""
        key = (origin.scheme, origin.host, origin.port)
        connection = self._take(key) or httpcore.HTTPConnection(
            origin,
            ssl_context=self._ssl_context,
            keepalive_expiry=KEEPALIVE_SECONDS,
            network_backend=self._backend,
        )
        try:
            yield connection
        finally:
            self._put_back(key, connection)

    def close(self) -> None:
        """Close those that are idle."""
        self._drop([one for key in list(self._idle) for one in self._idle.pop(key)])

    def _take(self, key: _Key) -> httpcore.HTTPConnection | None:
        while True:
            with self._lock:
                if not self._idle[key]:
                    return None
                connection = self._idle[key].pop()
            if not connection.has_expired():
                return connection
            connection.close()

    def _put_back(self, key: _Key, connection: httpcore.HTTPConnection) -> None:
        if not connection.is_available():
            connection.close()
            return
        with self._lock:
            self._idle[key].append(connection)
            expired = self._pop_expired()
        self._drop(expired)

    def _pop_expired(self) -> list[httpcore.HTTPConnection]:
        """Those that nobody asked for in time; looked for once in a while."""
        now = time.monotonic()
        if now - self._cleared_at < KEEPALIVE_SECONDS:
            return []
        self._cleared_at = now
        expired = []
        for key, connections in list(self._idle.items()):
            old = [one for one in connections if one.has_expired()]
            expired += old
            self._idle[key] = [one for one in connections if one not in old]
            if not self._idle[key]:
                del self._idle[key]
        return expired

    def _drop(self, connections: Iterable[httpcore.HTTPConnection]) -> None:
        for connection in connections:
            connection.close()


class CheckedBackend(httpcore.NetworkBackend):
    """Connects to addresses that are allowed, and to no others."""

    def __init__(self) -> None:
        self._sockets = httpcore.SyncBackend()
        # A resolver can't be told to hurry: it is asked in a thread that nobody has to wait for.
        self._resolvers = ThreadPoolExecutor(
            settings.WEBHOOK_CONCURRENCY, thread_name_prefix="outbound-resolver"
        )

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to the first address that takes one; each gets its share of the time."""
        addresses = self._resolve(host, port)
        for number, address in enumerate(addresses):
            share = _time_left(httpcore.ConnectTimeout) / (len(addresses) - number)
            try:
                stream = self._sockets.connect_tcp(
                    address, port, share, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if number == len(addresses) - 1:
                    raise
            else:
                return DeadlineStream(stream)
        raise httpcore.ConnectError("The host has no address.")

    def _resolve(self, host: str, port: int) -> list[str]:
        asked = self._resolvers.submit(targets.allowed_addresses, host, port)
        try:
            return asked.result(timeout=_time_left(httpcore.ConnectTimeout))
        except TimeoutError as error:
            asked.cancel()
            raise httpcore.ConnectTimeout("The resolver did not answer.") from error


class DeadlineStream(httpcore.NetworkStream):
    """A connection whose every step ends by the deadline of the exchange it serves."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _time_left(httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), WRITE_BYTES):
            part = buffer[start : start + WRITE_BYTES]
            self._stream.write(part, _time_left(httpcore.WriteTimeout))

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = _time_left(httpcore.ConnectTimeout)
        return DeadlineStream(self._stream.start_tls(ssl_context, server_hostname, left))

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """What is done inside has to be over after so many seconds."""
    token = _deadline.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _deadline.reset(token)


def _time_left(error: type[httpcore.TimeoutException]) -> float:
    """Seconds until the deadline; `error` once it has passed."""
    left = _deadline.get() - time.monotonic()
    if left <= 0:
        raise error("The time is up.")
    return left
