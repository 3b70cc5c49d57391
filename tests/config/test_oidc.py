"""Access tokens of an identity provider, whose keys come from a real server."""

from __future__ import annotations

import hmac
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from django.contrib.auth import get_user_model
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from jwt.utils import base64url_encode
from pytest_django import Settings
from rest_framework.test import APIClient

from config.api.authentication import _key_client

pytestmark = pytest.mark.django_db

RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ISSUER = "https://id.example.org"


class KeySet(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        keys = [
            {**RSAAlgorithm.to_jwk(RSA_KEY.public_key(), as_dict=True), "kid": "rsa"},
            {**ECAlgorithm.to_jwk(EC_KEY.public_key(), as_dict=True), "kid": "ec"},
        ]
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"keys": keys}).encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Tests are quiet."""


@pytest.fixture(autouse=True)
def provider(settings: Settings) -> Iterator[HTTPServer]:
    server = HTTPServer(("127.0.0.1", 0), KeySet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.OIDC_JWKS_URL = f"http://127.0.0.1:{server.server_port}/keys"
    settings.OIDC_ISSUER = ISSUER
    settings.OIDC_AUDIENCE = "certkeep"
    _key_client.cache_clear()
    yield server
    server.shutdown()
    server.server_close()


def token(key: Any = RSA_KEY, algorithm: str = "RS256", kid: str = "rsa", **changes: object) -> str:
    claims = {
        "iss": ISSUER,
        "aud": "certkeep",
        "sub": "kari",
        "exp": int(time.time()) + 300,
        "roles": ["system"],
        **changes,
    }
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": kid})


def status(bearer: str) -> int:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {bearer}")
    return int(client.get("/api/v1/mentors").status_code)


def test_rsa_and_elliptic_curve_signatures_are_taken() -> None:
    assert status(token()) == 200
    assert status(token(EC_KEY, "ES256", "ec")) == 200


@pytest.mark.parametrize(
    ("roles", "expected"),
    [(["admin"], 200), ("profile admin", 200), ("admins", 403), ([], 403), (None, 403), (7, 403)],
)
def test_roles_come_from_the_claim(roles: object, expected: int) -> None:
    assert status(token(roles=roles)) == expected


def test_the_name_of_the_claim_is_a_setting(settings: Settings) -> None:
    settings.OIDC_ROLES_CLAIM = "groups"

    assert status(token(roles=None, groups=["system"])) == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://other.example.org"},
        {"aud": "elsewhere"},
        {"exp": 1},
        {"exp": None},
        {"sub": None},
        {"aud": None},
        {"nbf": 4102444800},
        {"key": OTHER_KEY},
        {"kid": "unknown"},
        {"key": "", "algorithm": "none"},
    ],
)
def test_a_token_that_is_not_sound_is_a_401(changes: dict[str, Any]) -> None:
    assert status(token(**changes)) == 401


def test_a_public_key_is_no_shared_secret() -> None:
    public = RSA_KEY.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )

    parts = token().split(".")
    header = {"alg": "HS256", "kid": "rsa", "typ": "JWT"}
    signed = f"{base64url_encode(json.dumps(header).encode()).decode()}.{parts[1]}"
    signature = hmac.new(public, signed.encode(), "sha256").digest()

    assert status(f"{signed}.{base64url_encode(signature).decode()}") == 401


def test_history_names_one_account_per_subject() -> None:
    for _ in range(2):
        status(token(name="Kari Nordmann"))
    status(token(sub="ola"))

    users = get_user_model().objects.order_by("pk")
    assert [user.first_name for user in users] == ["Kari Nordmann", "ola"]
    assert not any(user.has_usable_password() for user in users)


def test_a_provider_that_is_away_is_a_503(provider: HTTPServer) -> None:
    provider.shutdown()
    provider.server_close()

    assert status(token()) == 503


def test_keys_that_were_read_are_kept_while_the_provider_is_away(provider: HTTPServer) -> None:
    first = status(token())
    provider.shutdown()
    provider.server_close()

    second = status(token(sub="ola"))

    assert (first, second) == (200, 200)


class Failing(KeySet):
    def do_GET(self) -> None:
        self.send_error(500)


class HangingUp(KeySet):
    def do_GET(self) -> None:
        self.close_connection = True


class Maintenance(KeySet):
    """Answers a page where keys belong, as proxies do."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<html>Back soon</html>")


@pytest.mark.parametrize("misbehaviour", [Failing, HangingUp, Maintenance])
def test_a_provider_that_answers_no_keys_is_a_503(
    provider: HTTPServer, misbehaviour: type[KeySet]
) -> None:
    provider.RequestHandlerClass = misbehaviour

    assert status(token()) == 503


@pytest.mark.parametrize("bearer", ["a.b.c", "..", "å.å.å", "W10.W10.W10", "bnVsbA.e30.e30"])
def test_what_is_hardly_a_token_is_a_401(bearer: str) -> None:
    assert status(bearer) == 401


def test_changed_claims_break_the_signature() -> None:
    header, _, signature = token(roles=[]).split(".")
    claims = token(roles=["admin"]).split(".")[1]

    assert status(f"{header}.{claims}.{signature}") == 401


def test_an_account_that_is_switched_off_stays_out() -> None:
    status(token())
    get_user_model().objects.update(is_active=False)

    assert status(token()) == 401


def test_without_the_setting_nothing_but_our_own_tokens_count(settings: Settings) -> None:
    settings.OIDC_JWKS_URL = ""

    assert status(token()) == 401
