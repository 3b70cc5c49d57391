"""One HTTP exchange with a receiver that nobody vouches for.

What sets it apart from a plain HTTP client: the address that was checked is the one that is
connected to, all steps together have one deadline, the answer is read up to a limit, and nothing
of one exchange (cookies, redirects, proxies of the environment) reaches another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import httpcore
import httpx

from config.outbound.connections import Connections, within

#: Bytes of an answer after which the connection is dropped.
MAX_ANSWER_BYTES = 64 * 1024


class Response(NamedTuple):
    status: int
    headers: dict[str, str]  #: names in lower case; of several with one name the last
    content: bytes


def exchange(
    connections: Connections,
    url: httpx.URL,
    *,
    headers: Sequence[tuple[str, str]],
    content: bytes = b"",
    timeout_s: float,
    method: str = "POST",
) -> Response:
    """Send `content` and return what was answered, all of it within `timeout_s`.

    Raises `TargetRefused`, an `OSError` of the resolver, or an error of httpcore.
    """
    target = httpcore.URL(
        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
    )
    fields = [(b"Host", url.netloc), *((n.encode(), v.encode()) for n, v in headers)]
    with (
        within(timeout_s),
        connections.to(target.origin) as connection,
        connection.stream(method, target, headers=fields, content=content) as response,
    ):
        answer = b"".join(_limited(response.iter_stream()))
        names = {name.lower().decode("latin-1"): value for name, value in response.headers}
        return Response(
            status=response.status,
            headers={name: value.decode("latin-1") for name, value in names.items()},
            content=answer,
        )


def _limited(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The chunks until they are enough; what is left unread ends the connection."""
    size = 0
    for chunk in chunks:
        yield chunk[: MAX_ANSWER_BYTES - size]
        size += len(chunk)
        if size >= MAX_ANSWER_BYTES:
            return
