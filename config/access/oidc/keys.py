"""The identity provider's public keys, read by a thread of their own.

How a key is found:

1. A set that was read within `LIFESPAN_S` answers at once. Half-way through, a refresh is begun
   beside it; a key that the provider withdrew is refused after `LIFESPAN_S` at the latest.
2. Only a key that is not in such a set has the request wait, and never past `WAIT_S` from the
   beginning of the refresh: a slow provider must not take the web server's threads.
3. There is one refresh at a time, and none within `PAUSE_S` after the last one, however it ended:
   neither unknown key ids nor a provider that is away make more of them.
"""

from __future__ import annotations

import functools
import json
import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, NamedTuple

import httpx
import jwt
import structlog
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from config.access.oidc.download import download

#: Seconds for which a set of keys is trusted, and after which a new one is asked for.
LIFESPAN_S, REFRESH_AFTER_S = 300.0, 150.0
#: Seconds after the end of a refresh in which no other begins.
PAUSE_S = 30.0
#: Seconds from the beginning of a refresh after which no request waits for it any more.
WAIT_S = 2.0
#: RSA keys below this size can be broken (NIST SP 800-131A).
MIN_RSA_BITS = 2048
#: The algorithm that a key of each type (RFC 7518 section 6.1) is taken for.
ALGORITHMS = {"RSA": "RS256", "EC": "ES256"}

logger = structlog.get_logger(__name__)


class KeysUnavailable(Exception):
    """The provider's keys can't be read now, and those read before are too old to be trusted."""


class KeyName(NamedTuple):
    """What a token names its key by: an RS256 token never finds a key for ES256."""

    key_id: str
    algorithm: str


class _Snapshot(NamedTuple):
    keys: Mapping[KeyName, jwt.PyJWK]
    read_at: float


@dataclass
class _Refresh:
    started_at: float
    ended_at: float | None = None
    over: threading.Event = field(default_factory=threading.Event)

    def blocks_another(self, now: float) -> bool:
        return self.ended_at is None or now - self.ended_at < PAUSE_S

    def wait(self) -> None:
        """Wait for its end, but not past `WAIT_S` from its beginning."""
        self.over.wait(max(self.started_at + WAIT_S - monotonic(), 0))


@functools.lru_cache(maxsize=4)
def key_set(url: str) -> KeySet:
    """The key set at the URL, one for the whole process."""
    return KeySet(url)


class KeySet:
    """The keys at a URL, by id and algorithm. Any thread may ask."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = threading.Lock()
        self._snapshot = _Snapshot({}, -math.inf)
        self._latest: _Refresh | None = None

    def find(self, name: KeyName) -> jwt.PyJWK | None:
        """The provider's key of that name, None where it has none; else `KeysUnavailable`."""
        snapshot = self._snapshot
        age = monotonic() - snapshot.read_at
        key = snapshot.keys.get(name) if age < LIFESPAN_S else None
        if key is not None and age < REFRESH_AFTER_S:
            return key
        refresh = self._refresh()
        if key is not None:
            return key
        refresh.wait()
        snapshot = self._snapshot
        if monotonic() - snapshot.read_at >= LIFESPAN_S:
            raise KeysUnavailable
        return snapshot.keys.get(name)

    def _refresh(self) -> _Refresh:
        """The refresh that goes on or has just been; a new one where it is time for it."""
        now = monotonic()
        with self._lock:
            if self._latest is not None and self._latest.blocks_another(now):
                return self._latest
            self._latest = refresh = _Refresh(started_at=now)
        threading.Thread(target=self._read, args=[refresh], name="oidc-keys", daemon=True).start()
        return refresh

    def _read(self, refresh: _Refresh) -> None:
        try:
            # As old as the question: the provider may withdraw a key while it answers.
            self._snapshot = _Snapshot(_keys_in(download(self._url)), refresh.started_at)
        except (httpx.HTTPError, OSError, ValueError) as error:
            logger.warning("oidc_keys_not_read", reason=type(error).__name__)
        finally:
            refresh.ended_at = monotonic()
            refresh.over.set()


def _keys_in(body: bytes) -> dict[KeyName, jwt.PyJWK]:
    """The usable keys of a JWK set (RFC 7517 section 5); `ValueError` for what is none."""
    try:
        given = json.loads(body)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    members = given.get("keys") if isinstance(given, dict) else None
    if not isinstance(members, list):
        raise ValueError("no key set")  # noqa: TRY004 (what was sent is wrong, not a type of ours)
    named = [pair for member in members if (pair := _usable(member)) is not None]
    if not named:
        logger.warning("oidc_keys_unusable", given=len(members))
    return dict(named)


def _usable(member: Any) -> tuple[KeyName, jwt.PyJWK] | None:
    """A member of the set as a key that verifies signatures; None for any other.

    A set may have keys for other purposes and of kinds that are yet to come: these are passed over.
    """
    if not isinstance(member, dict) or member.get("use", "sig") != "sig":
        return None
    key_id, kind = member.get("kid"), member.get("kty")
    algorithm = ALGORITHMS.get(kind) if isinstance(kind, str) else None
    if not (isinstance(key_id, str) and key_id and algorithm):
        return None
    if member.get("alg", algorithm) != algorithm:
        return None
    try:
        key = jwt.PyJWK(member, algorithm)
    except jwt.PyJWTError:
        return None
    return (KeyName(key_id, algorithm), key) if _is_strong(key.key) else None


def _is_strong(key: Any) -> bool:
    if isinstance(key, RSAPublicKey):
        return key.key_size >= MIN_RSA_BITS
    return isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1)
