"""Access tokens of an identity provider, whose keys come from a real server."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from django.contrib.auth import get_user_model
from jwt.utils import base64url_encode
from pytest_django import Settings

from tests.config.identity_provider import (
    EC_KEY,
    OTHER_KEY,
    RSA_KEY,
    provider_of_tokens,
    status,
    token,
)
from tests.webhooks.receiver import closed_port

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _provider(settings: Settings) -> Iterator[None]:
    with provider_of_tokens(settings):
        yield


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


def test_a_provider_that_is_away_is_a_503(settings: Settings) -> None:
    settings.OIDC_JWKS_URL = f"http://127.0.0.1:{closed_port()}/keys"

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
