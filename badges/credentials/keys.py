"""The key that signs credentials, and the public keys that anyone verifies them with."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from django.conf import settings
from jwt.algorithms import OKPAlgorithm, RSAAlgorithm

from badges.credentials.addresses import key_url, require_on
from badges.credentials.key_files import (
    PrivateKey,
    PublicKey,
    make_key_file,
    read_private_key,
    read_public_key,
)


@dataclass(frozen=True)
class PublishedKey:
    """A public key as the world sees it. `members` are those that a JWK of its type requires."""

    algorithm: str
    members: dict[str, str]

    @property
    def thumbprint(self) -> str:
        return jwk_thumbprint(self.members)

    def as_jwk(self) -> dict[str, str]:
        """The key as a JWK (RFC 7517), with the `kid` that signatures name."""
        return {
            **self.members,
            "kid": key_url(self.thumbprint),
            "alg": self.algorithm,
            "use": "sig",
        }


@dataclass(frozen=True)
class SigningKey:
    private: PrivateKey
    published: PublishedKey


def jwk_thumbprint(members: dict[str, str]) -> str:
    """The SHA-256 thumbprint (RFC 7638 section 3) of a JWK's required members, as base64url."""
    canonical = json.dumps(members, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(canonical.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def signing_key() -> SigningKey:
    """The key that signs now; the embedded default makes it on first use.

    Raises `CredentialsOff` where none is set, `ImproperlyConfigured` for a file without a key.
    """
    require_on()
    path = Path(settings.BADGE_SIGNING_KEY_FILE)
    if settings.EMBEDDED:
        make_key_file(path)
    private = read_private_key(path)
    return SigningKey(private, _published(private.public_key()))


def published_keys() -> dict[str, PublishedKey]:
    """The key that signs now and those that signed before, by their thumbprints."""
    former = [read_public_key(Path(name)) for name in settings.BADGE_FORMER_KEY_FILES]
    keys = [signing_key().published, *map(_published, former)]
    return {key.thumbprint: key for key in keys}


def _published(key: PublicKey) -> PublishedKey:
    if isinstance(key, RSAPublicKey):
        jwk, algorithm, required = RSAAlgorithm.to_jwk(key, as_dict=True), "RS256", "kty n e"
    else:
        jwk, algorithm, required = OKPAlgorithm.to_jwk(key, as_dict=True), "EdDSA", "kty crv x"
    return PublishedKey(algorithm, {name: str(jwk[name]) for name in required.split()})
