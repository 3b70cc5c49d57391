"""Open Badges 3.0 from the outside: rows to look at, and a verifier that knows only what is public.

The verifier uses another library than the one that signs, and fetches all it needs by URL.
"""

from __future__ import annotations

import base64
import gzip
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import joserfc.jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.test import Client
from joserfc.jwk import import_key
from pytest_django.fixtures import Settings

from badges.models import BadgeDefinition, BadgeImage, EarnedBadge
from certifications.models import Mentor
from tests.factories import MentorFactory

PUBLIC_URL = "https://badges.example.org"
AWARDED_AT = datetime(2026, 3, 20, 9, 30, tzinfo=UTC)
SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
    b'viewBox="0 0 64 64"><defs><circle id="dot" r="9"/></defs>'
    b'<path id="p" d="M0 0h64v64z"/><text xlink:href="#p">B&amp;A</text></svg>'
)


class NotVerified(Exception):
    """The token is not what it seems."""


@lru_cache(maxsize=8)
def rsa_pem(which: str = "now", bits: int = 2048) -> bytes:
    """A private RSA key, the same for the same name."""
    return pem_of(generate_private_key(public_exponent=65537, key_size=bits))


def pem_of(key: RSAPrivateKey | Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.fixture
def credentials_on(settings: Settings, tmp_path: Path) -> Path:
    """Settings with a public URL and an RSA key, as in production; gives the key's file."""
    path = tmp_path / "signing.pem"
    path.write_bytes(rsa_pem())
    settings.PUBLIC_URL, settings.EMBEDDED = PUBLIC_URL, False
    settings.BADGE_SIGNING_KEY_FILE, settings.BADGE_FORMER_KEY_FILES = str(path), []
    settings.BADGE_ISSUER_NAME = "Likepersoner Norge"
    return path


def definition(**fields: Any) -> BadgeDefinition:
    given = {
        "name": "Peer <Listener>",
        "description": "Listens & lets others find their own words.",
        "criteria": "Lead ten talks.\n\nReflect on each.",
        "tags": ["peer", "listening"],
    }
    return BadgeDefinition.objects.create(**{**given, **fields})


def with_image(badge: BadgeDefinition, content: bytes, media_type: str) -> BadgeDefinition:
    BadgeImage.objects.create(
        definition=badge, content=content, media_type=media_type, sha256="0" * 64
    )
    return badge


def earned(**fields: Any) -> EarnedBadge:
    """A badge of a mentor who agreed to public pages, unless `mentor` is given."""
    given: dict[str, Any] = {"awarded_at": AWARDED_AT, **fields}
    given["definition"] = given.get("definition") or definition()
    given["mentor"] = given.get("mentor") or public_mentor()
    return EarnedBadge.objects.create(**given)


def public_mentor(**fields: Any) -> Mentor:
    return MentorFactory.create(**{"name": "Kari Nordmann", "public_badges": True, **fields})


def revoke(row: EarnedBadge, when: datetime = datetime(2026, 3, 25, tzinfo=UTC)) -> None:
    row.revoked_at, row.revoked_by, row.reason = when, "admin", "Awarded by mistake"
    row.save()


@dataclass
class Verifier:
    """Verifies tokens as Open Badges 3.0 section 8.2.6 tells, trusting one issuer."""

    client: Client = field(default_factory=Client)

    def fetch(self, url: str) -> bytes:
        """What is published at a URL, which has to be below the issuer's."""
        if not url.startswith(f"{PUBLIC_URL}/"):
            raise NotVerified(url)
        response = self.client.get(url.removeprefix(PUBLIC_URL))
        if response.status_code != 200:
            raise NotVerified(url)
        return response.content

    def verify(self, token: str) -> dict[str, Any]:
        """The credential in a token. Raises `NotVerified`, or what the library raises."""
        header = json.loads(_decoded(token.split(".")[0]))
        if header.keys() != {"alg", "kid", "typ"} or header["alg"] not in ("RS256", "EdDSA"):
            raise NotVerified(header)
        if not header["kid"].startswith(f"{PUBLIC_URL}/badges/keys/"):
            raise NotVerified(header)
        jwk = json.loads(self.fetch(header["kid"]))
        if jwk not in json.loads(self.fetch(f"{PUBLIC_URL}/.well-known/jwks.json"))["keys"]:
            raise NotVerified(jwk)
        if (jwk["kid"], jwk["alg"]) != (header["kid"], header["alg"]) or "d" in jwk:
            raise NotVerified(jwk)
        claims = joserfc.jwt.decode(token, import_key(jwk), algorithms=[jwk["alg"]]).claims
        _check_claims(claims)
        registered = ("iss", "jti", "nbf", "sub", "exp")
        return {name: value for name, value in claims.items() if name not in registered}

    def is_revoked(self, credential: dict[str, Any]) -> bool:
        """What the status list says now (Bitstring Status List 1.0, section 3.2)."""
        status = credential["credentialStatus"]
        listed = self.verify(self.fetch(status["statusListCredential"]).decode())
        subject = listed["credentialSubject"]
        if (listed["id"], subject["statusPurpose"]) != (
            status["statusListCredential"],
            status["statusPurpose"],
        ):
            raise NotVerified(listed)
        return int(status["statusListIndex"]) in indices(subject["encodedList"])


def indices(encoded_list: str) -> set[int]:
    """Which bits are set; the list has to be long enough."""
    if not encoded_list.startswith("u"):
        raise NotVerified(encoded_list)
    bits = gzip.decompress(_decoded(encoded_list[1:]))
    if len(bits) * 8 < 131072:
        raise NotVerified(len(bits))
    return {at * 8 + bit for at, byte in enumerate(bits) for bit in range(8) if byte & 128 >> bit}


def _check_claims(claims: dict[str, Any]) -> None:
    """Section 8.2.6.1: the registered claims repeat the credential."""
    repeated = {
        "iss": claims["issuer"]["id"],
        "jti": claims["id"],
        "nbf": datetime.fromisoformat(claims["validFrom"]).timestamp(),
        "sub": claims["credentialSubject"]["id"],
    }
    if any(claims[name] != value for name, value in repeated.items()):
        raise NotVerified(claims)
    if claims["issuer"]["id"] != f"{PUBLIC_URL}/badges/issuer":
        raise NotVerified(claims)


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
