"""What an identity provider's token has to be and to say, beside its signature."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from jwt.utils import base64url_encode
from pytest_django import Settings

from tests.config.identity_provider import EC_KEY, ask, provider_of_tokens, status, token

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _provider(settings: Settings) -> Iterator[None]:
    with provider_of_tokens(settings):
        yield


def unsigned(header: str | dict[str, Any]) -> str:
    text = header if isinstance(header, str) else json.dumps(header)
    return f"{base64url_encode(text.encode()).decode()}.e30.c2ln"


@pytest.mark.parametrize("seconds", [1, 25])
def test_clocks_may_differ_a_little(seconds: int) -> None:
    now = int(time.time())

    assert status(token(iat=now + seconds, nbf=now + seconds)) == 200
    assert status(token(exp=now - seconds)) == 200


@pytest.mark.parametrize("seconds", [35, 3600])
def test_clocks_may_not_differ_by_much(seconds: int) -> None:
    now = int(time.time())

    assert status(token(iat=now + seconds)) == 401
    assert status(token(nbf=now + seconds)) == 401
    assert status(token(exp=now - seconds)) == 401


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "RS256", "kid": "ec"},
        {"alg": "ES256", "kid": "rsa"},
        {"alg": "ES384", "kid": "ec"},
        {"alg": ["RS256"], "kid": "rsa"},
        {"alg": {"a": 1}, "kid": "rsa"},
        {"alg": None, "kid": "rsa"},
        {"kid": "rsa"},
        {"alg": "RS256"},
        {"alg": "RS256", "kid": None},
        {"alg": "RS256", "kid": 7},
        {"alg": "RS256", "kid": ["rsa"]},
        {"alg": "RS256", "kid": "\ud800"},
        {"alg": "RS256", "kid": "\0"},
        {"alg": "\ud800", "kid": "rsa"},
        {"alg": "RS256", "kid": "rsa", "typ": "\ud800"},
        {"alg": "RS256", "kid": "rsa", "typ": ["JWT"]},
        {"alg": "RS256", "kid": "rsa", "crit": ["\ud800"]},
        {"alg": "RS256", "kid": "rsa", "b64": False},
        "[" * 5000,
        '{"alg": "RS256", "kid": "rsa", "x": ' + "1" * 5000 + "}",
        "[]",
        "null",
    ],
)
def test_whatever_the_header_says_it_is_a_401_in_words_of_our_own(header: Any) -> None:
    response = ask(unsigned(header))

    assert response.status_code == 401
    assert response["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    assert response.json()["detail"].isascii()


def test_a_kind_of_key_that_does_not_fit_is_a_401_whoever_signed() -> None:
    assert status(token(EC_KEY, "ES256", "rsa")) == 401
    assert status(token(kid="ec")) == 401


@pytest.mark.parametrize("claim", ["sub", "name", "tenant_id", "roles"])
@pytest.mark.parametrize("text", ["a\0b", "\ud800", "line\nbreak", "\x7f", "\x1b[31m"])
def test_text_that_is_none_is_a_401(claim: str, text: str) -> None:
    value: Any = [text] if claim == "roles" else text

    assert status(token(**{claim: value})) == 401
    assert not get_user_model().objects.exists()


@pytest.mark.parametrize("sub", ["", " ", 7, [], {}])
def test_a_token_without_a_subject_is_a_401(sub: object) -> None:
    assert status(token(sub=sub)) == 401


@pytest.mark.parametrize("tenant", [["a"], {"id": "a"}, 1.5])
def test_a_tenant_that_is_no_text_is_a_401(tenant: object) -> None:
    assert status(token(tenant_id=tenant)) == 401


@pytest.mark.parametrize("typ", ["JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt", "", None])
def test_types_of_access_tokens_are_taken(typ: str | None) -> None:
    assert status(token(header={"typ": typ})) == 200


@pytest.mark.parametrize("typ", ["logout+jwt", "secevent+jwt", "dpop+jwt", "id+jwt", "JWE"])
def test_other_types_are_refused(typ: str) -> None:
    assert status(token(header={"typ": typ})) == 401


@pytest.mark.parametrize(
    "claims",
    [
        {"typ": "ID"},
        {"typ": "Refresh"},
        {"typ": "Logout"},
        {"token_use": "id"},
        {"nonce": "n"},
        {"at_hash": "h"},
        {"c_hash": "h"},
        {"typ": "Bearer", "at_hash": "h"},
        {"events": {"http://schemas.openid.net/event/backchannel-logout": {}}},
    ],
)
def test_what_was_signed_for_another_purpose_is_refused(claims: dict[str, Any]) -> None:
    assert status(token(**claims)) == 401


def test_an_access_token_that_says_so_may_repeat_the_nonce() -> None:
    assert status(token(typ="Bearer", nonce="n")) == 200
    assert status(token(header={"typ": "at+jwt"}, nonce="n")) == 200


@pytest.mark.parametrize(
    ("path", "claims"),
    [
        ("realm_access.roles", {"realm_access": {"roles": ["system", "offline_access"]}}),
        ("resource_access.certkeep.roles", {"resource_access": {"certkeep": {"roles": "system"}}}),
        ("resource_access.my.app.roles", {"resource_access": {"my.app": {"roles": ["system"]}}}),
        ("https://example.org/roles", {"https://example.org/roles": ["system"]}),
        ("a.b.c", {"a": {"b": {}}, "a.b": {"c": ["system"]}}),
    ],
)
def test_roles_may_lie_inside_a_claim(
    settings: Settings, path: str, claims: dict[str, Any]
) -> None:
    settings.OIDC_ROLES_CLAIM = path

    assert status(token(roles=None, **claims)) == 200
    assert status(token(roles=["system"])) == 403


@pytest.mark.parametrize(
    "claims", [{"realm_access": ["roles"]}, {"realm_access": "roles"}, {"realm_access": None}, {}]
)
def test_a_path_that_leads_nowhere_gives_no_role(
    settings: Settings, claims: dict[str, Any]
) -> None:
    settings.OIDC_ROLES_CLAIM = "realm_access.roles"

    assert status(token(roles=None, **claims)) == 403
