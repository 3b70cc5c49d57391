"""One try of one delivery: the request as Standard Webhooks has it, and what came of it.

Runs in threads that never touch the database.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import httpcore
from django.conf import settings
from django.utils import timezone

from certificates.webhooks.services.retry_after import parse_retry_after
from certificates.webhooks.services.signing import sign
from config.outbound import transport
from config.outbound.connections import Connections
from config.outbound.targets import TargetRefused, parse_url
from config.text import storable

USER_AGENT = "Certkeep/1.0"
#: Bytes of an answer that are kept.
KEPT_ANSWER_BYTES = 4096
#: The error of a try that failed because of us.
OUR_FAULT = "Internal error"
#: What a receiver, or the way to it, can bring about.
_TROUBLE = (
    TargetRefused,
    OSError,  # of the resolver
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
)


@dataclass(frozen=True, slots=True)
class Address:
    """Where an endpoint's deliveries go and how they are signed, as it stood at the claim."""

    endpoint_id: uuid.UUID
    url: str
    headers: Mapping[str, str]
    secrets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Parcel:
    """A delivery that was taken: all that a try of it needs."""

    delivery_id: int
    endpoint_id: uuid.UUID
    certificate_id: uuid.UUID | None
    sequence: int | None
    attempts: int  #: tries so far
    attempts_before: int  #: those of them that the schedule does not count
    webhook_id: str
    event_type: str
    body: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a try. `status` is None without an answer; `error` is empty after a success.

    Whatever the receiver sent has been read by now: whoever writes this down parses nothing.
    """

    attempted_at: datetime
    duration_ms: int
    status: int | None
    error: str
    content: str = ""
    retry_after: timedelta = timedelta(0)

    @property
    def is_success(self) -> bool:
        return not self.error


class Outcome(NamedTuple):
    """What came of one try of one delivery."""

    parcel: Parcel
    answer: Answer


def post(address: Address, parcel: Parcel, connections: Connections) -> Answer:
    """Try it once. Whatever the receiver does is an answer, never an exception."""
    attempted_at = timezone.now()
    started = time.monotonic()
    response, error = None, ""
    try:
        response = _send(address, parcel, connections, attempted_at)
    except _TROUBLE as failure:
        error = storable(_explain(failure))
    duration_ms = round((time.monotonic() - started) * 1000)
    if response is None:
        return Answer(attempted_at, duration_ms, None, error)
    return Answer(
        attempted_at=attempted_at,
        duration_ms=duration_ms,
        status=response.status,
        error=_objection(response.status),
        content=_text(response.content),
        retry_after=parse_retry_after(response.headers.get("retry-after", ""), now=timezone.now()),
    )


def _send(
    address: Address, parcel: Parcel, connections: Connections, now: datetime
) -> transport.Response:
    body = parcel.body.encode()
    timestamp = int(now.timestamp())
    headers = [
        ("Content-Type", "application/json"),
        ("User-Agent", USER_AGENT),
        ("Accept-Encoding", "identity"),
        ("webhook-id", parcel.webhook_id),
        ("webhook-timestamp", str(timestamp)),
        (
            "webhook-signature",
            sign(address.secrets, webhook_id=parcel.webhook_id, timestamp=timestamp, body=body),
        ),
        ("X-Event", parcel.event_type),
        *([("X-Sequence", str(parcel.sequence))] if parcel.sequence is not None else []),
        *address.headers.items(),
    ]
    return transport.exchange(
        connections,
        parse_url(address.url),
        headers=headers,
        content=body,
        timeout_s=settings.WEBHOOK_TIMEOUT_SECONDS,
    )


def _explain(failure: Exception) -> str:
    """Why there was no answer, for people."""
    match failure:
        case TargetRefused():
            return f"Refused: {failure}"
        case httpcore.TimeoutException():
            return f"No complete answer within {settings.WEBHOOK_TIMEOUT_SECONDS} seconds."
        case httpcore.ConnectError():
            return f"No connection: {failure}"
        case httpcore.NetworkError() | httpcore.ProtocolError():
            return f"The connection broke: {failure}"
        case _:
            return f"The host can't be resolved: {failure}"


def _objection(status: int) -> str:
    """What is wrong with the status; nothing with a 2xx."""
    if 200 <= status < 300:
        return ""
    if 300 <= status < 400:
        return f"HTTP {status}; redirects are not followed."
    return f"HTTP {status}"


def _text(content: bytes) -> str:
    """The beginning of an answer as text that every database takes."""
    return storable(content[:KEPT_ANSWER_BYTES].decode(errors="replace"))
