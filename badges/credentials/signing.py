"""Credentials signed as JSON Web Tokens."""

from __future__ import annotations

from datetime import datetime

import jwt

from badges.credentials import document
from badges.credentials.addresses import key_url, require_on
from badges.credentials.keys import signing_key
from badges.models import EarnedBadge


def signed_credential(earned: EarnedBadge) -> str:
    """The badge as a signed OpenBadgeCredential: a compact JWS, the same until a text changes.

    Raises `CredentialsOff` where the settings name no public URL or no key.
    """
    require_on()
    return sign(document.credential(earned))


def sign(credential: document.Document, *, typ: str = "JWT") -> str:
    """A credential with its proof around it (Open Badges 3.0, "JSON Web Token Proof Format").

    The payload is the credential itself with the registered claims that repeat parts of it; the
    header has `alg`, `kid` (a URL that leads to the public key) and `typ`, and may have no others.
    """
    key = signing_key()
    claims = {
        "iss": credential["issuer"]["id"],
        "jti": credential["id"],
        "nbf": _numeric(credential["validFrom"]),
        "sub": credential["credentialSubject"]["id"],
    }
    if "validUntil" in credential:
        claims["exp"] = _numeric(credential["validUntil"])
    return jwt.encode(
        {**credential, **claims},
        key.private,
        algorithm=key.published.algorithm,
        headers={"kid": key_url(key.published.thumbprint), "typ": typ},
    )


def _numeric(timestamp: str) -> int:
    """Seconds since 1970 (NumericDate of RFC 7519)."""
    return int(datetime.fromisoformat(timestamp).timestamp())
