"""Signatures of Standard Webhooks, section "Signature scheme", symmetric variant."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterable

from certificates.webhooks.models.endpoint import SECRET_PREFIX


def sign(secrets: Iterable[str], *, webhook_id: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`: one signature for each secret, apart by spaces.

    `timestamp` is in seconds of Unix time, as `webhook-timestamp` says it.
    """
    content = b"%s.%d.%s" % (webhook_id.encode(), timestamp, body)
    return " ".join(f"v1,{_signature(secret, content)}" for secret in secrets)


def _signature(secret: str, content: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    return base64.b64encode(hmac.digest(key, content, "sha256")).decode()
