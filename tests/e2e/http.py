"""The little of an HTTP client that the tests need."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from typing import Any


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Message
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode()

    @property
    def body(self) -> Any:
        """The JSON of the answer."""
        return json.loads(self.content)


def request(
    method: str,
    url: str,
    body: object = None,
    *,
    headers: Mapping[str, str] | None = None,
    timeout_s: float = 30,
) -> Answer:
    """Send `body` as JSON and return the answer, whatever its status; `OSError` without one."""
    data = None if body is None else json.dumps(body).encode()
    sent = {"Accept": "*/*", **({"Content-Type": "application/json"} if data else {})}
    question = urllib.request.Request(  # noqa: S310 (loopback)
        url, data=data, headers={**sent, **(headers or {})}, method=method
    )
    try:
        with urllib.request.urlopen(question, timeout=timeout_s) as answer:  # noqa: S310
            return Answer(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.headers, error.read())
