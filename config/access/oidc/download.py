"""A small document of a server that may be slow: bounded in size and in time as a whole."""

from __future__ import annotations

import functools
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import certifi
import httpx

#: Seconds for the whole answer, and for each step of it.
TIMEOUT_S, STEP_TIMEOUT_S = 10.0, 5.0
MAX_BYTES = 256 * 1024


def download(url: str) -> bytes:
    """What the URL answers with a 200; no redirect is followed.

    Raises an error of httpx, an `OSError`, or `ValueError` for an answer that is too large.
    """
    with (
        httpx.Client(verify=_ssl_context(), timeout=STEP_TIMEOUT_S) as client,
        _closed_in_time(client),
        client.stream("GET", url, headers={"Accept-Encoding": "identity"}) as response,
    ):
        if response.status_code != httpx.codes.OK:
            raise httpx.HTTPStatusError(
                f"answered {response.status_code}", request=response.request, response=response
            )
        body = bytearray()
        for chunk in response.iter_raw():
            body += chunk
            if len(body) > MAX_BYTES:
                raise ValueError("larger than a key set is")
        return bytes(body)


@contextmanager
def _closed_in_time(client: httpx.Client) -> Iterator[None]:
    """End a transfer whose every step is in time and which yet takes for ever.

    httpx bounds steps alone, and a server that sends a byte now and then keeps to all of them.
    """
    timer = threading.Timer(TIMEOUT_S, client.close)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


@functools.cache
def _ssl_context() -> ssl.SSLContext:
    """Trusts the machine's authorities (`SSL_CERT_FILE`), and Mozilla's."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context
