"""An identity provider on 127.0.0.1: its keys, and the tokens that it signs."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from pytest_django import Settings
from rest_framework.test import APIClient

from config.access.oidc.keys import key_set
from tests.webhooks.receiver import Behaviour, Receiver, answer, receiving

RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ISSUER = "https://id.example.org"
AUDIENCE = "certkeep"


def rsa_jwk(key: rsa.RSAPrivateKey = RSA_KEY, kid: str = "rsa", **more: Any) -> dict[str, Any]:
    return {**RSAAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": kid, **more}


def ec_jwk(
    key: ec.EllipticCurvePrivateKey = EC_KEY, kid: str = "ec", **more: Any
) -> dict[str, Any]:
    return {**ECAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": kid, **more}


def keys(*members: Any) -> Behaviour:
    """Answers a set of these keys; of the two that are the provider's, without any."""
    given = list(members) or [rsa_jwk(), ec_jwk()]
    return answer(200, json.dumps({"keys": given}).encode(), Content_Type="application/json")


@contextmanager
def provider_of_tokens(settings: Settings, always: Behaviour | None = None) -> Iterator[Receiver]:
    """The provider whose tokens Certkeep takes while the block runs; nothing is known of it yet."""
    with receiving(always=always or keys()) as provider:
        settings.OIDC_JWKS_URL = provider.url
        settings.OIDC_ISSUER, settings.OIDC_AUDIENCE = ISSUER, AUDIENCE
        key_set.cache_clear()
        yield provider


def token(
    key: Any = RSA_KEY,
    algorithm: str = "RS256",
    kid: object = "rsa",
    header: dict[str, Any] | None = None,
    **changes: object,
) -> str:
    """A token that is sound but for the changes; None takes a claim away."""
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "kari",
        "exp": int(time.time()) + 300,
        "roles": ["system"],
        **changes,
    }
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": kid, **(header or {})})


def garbage(number: int = 0) -> str:
    """What looks like a token, whose signature nobody made."""
    header, claims, _ = token(kid=f"unknown-{number}").split(".")
    return f"{header}.{claims}.c2lnbmF0dXJl"


def ask(bearer: str, path: str = "/api/v1/mentors") -> Any:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {bearer}")
    return client.get(path)


def status(bearer: str) -> int:
    return int(ask(bearer).status_code)
