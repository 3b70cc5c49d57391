"""Bearer tokens: our own (django-rest-knox), or an identity provider's (OpenID Connect)."""

from __future__ import annotations

import functools
import hashlib
import json
from dataclasses import dataclass
from typing import Any

import jwt
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db.models import CharField, Exists, OuterRef
from django.utils import timezone
from knox.auth import TokenAuthentication as KnoxAuthentication
from knox.crypto import hash_token
from knox.models import AuthToken
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import APIException, AuthenticationFailed
from rest_framework.request import Request

from config.api.roles import ROLES
from config.audit.recording import TOKEN_NAME_LENGTH, note_use
from config.prepared import Given, PreparedQuery
from config.web.client_address import client_address

#: Where an account carries the roles that were read with its token.
ROLES_READ = "roles_read_with_token"


class TokenAuthentication(KnoxAuthentication):
    """Tokens made in the admin or by `manage.py create_token`: hashed, expiring, revocable."""

    def authenticate(self, request: Request) -> tuple[Any, AuthToken] | None:
        found: tuple[Any, AuthToken] | None = super().authenticate(request)
        if found is not None:
            user, token = found
            _note_use(request, user, token.digest[:TOKEN_NAME_LENGTH])
        return found

    def authenticate_credentials(self, token: bytes) -> tuple[Any, AuthToken]:
        """The account, with its roles, and the token: one query, and nothing is written."""
        if not token.isalnum():
            raise AuthenticationFailed("Invalid token.")
        rows = _token_query().run({"digest": hash_token(token.decode("ascii"))})
        if not rows:
            raise AuthenticationFailed("Invalid token.")
        (row,) = rows
        accounts = [field.attname for field in get_user_model()._meta.concrete_fields]
        tokens = [field.attname for field in AuthToken._meta.concrete_fields]
        found = AuthToken.from_db("default", tokens, row[: len(tokens)])
        if found.expiry is not None and found.expiry < timezone.now():
            raise AuthenticationFailed("Invalid token.")
        account_values = row[len(tokens) : len(tokens) + len(accounts)]
        found.user = get_user_model().from_db("default", accounts, account_values)
        has_role = row[-len(ROLES) :]
        roles = frozenset(role for role, has in zip(ROLES, has_role, strict=True) if has)
        setattr(found.user, ROLES_READ, roles)
        checked: tuple[Any, AuthToken] = self.validate_user(found)
        return checked


def _note_use(request: Request, user: Any, token: str) -> None:
    account, address = user.get_username(), client_address(request._request)
    note_use(account=account, token=token, address=address, now=timezone.now())


@functools.cache
def _token_query() -> PreparedQuery:
    """Reads a token by its digest: its columns, those of its account, and which roles that has."""
    accounts = [f"user__{field.attname}" for field in get_user_model()._meta.concrete_fields]
    tokens = [field.attname for field in AuthToken._meta.concrete_fields]
    has_role = [Exists(Group.objects.filter(name=role, user=OuterRef("user"))) for role in ROLES]
    found = AuthToken.objects.filter(digest=Given("digest", CharField()))
    return PreparedQuery(found.values_list(*tokens, *accounts, *has_role))


class KeysUnavailable(APIException):
    status_code = 503
    default_detail = "The identity provider's keys can't be read."


@dataclass(frozen=True)
class OidcToken:
    """What a checked access token says: who, with which roles, of which tenant."""

    subject: str
    roles: frozenset[str]
    tenant: str | None


@functools.lru_cache(maxsize=4)
def _key_client(url: str) -> jwt.PyJWKClient:
    return jwt.PyJWKClient(url, cache_keys=True, timeout=5)


class OidcAuthentication(BaseAuthentication):
    """Access tokens of the identity provider at `OIDC_JWKS_URL`, signed RS256 or ES256.

    Issuer, audience and expiry are checked. The account that history names is made on first use.
    """

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"

    def authenticate(self, request: Request) -> tuple[Any, OidcToken] | None:
        parts = get_authorization_header(request).split()
        is_jwt = len(parts) == 2 and parts[0].lower() == b"bearer" and parts[1].count(b".") == 2
        if not (is_jwt and settings.OIDC_JWKS_URL):
            return None
        claims = self._claims(parts[1].decode("latin-1"))
        token = OidcToken(
            subject=str(claims["sub"]),
            roles=_words(claims.get(settings.OIDC_ROLES_CLAIM)),
            tenant=str(claims.get(settings.OIDC_TENANT_CLAIM) or "") or None,
        )
        digest = hashlib.sha256(f"{claims['iss']} {token.subject}".encode()).hexdigest()
        user, _ = get_user_model().objects.get_or_create(
            username=f"oidc-{digest[:40]}",
            defaults={"first_name": str(claims.get("name", token.subject))[:150], "password": "!"},
        )
        if not user.is_active:
            raise AuthenticationFailed("The account is not active.")
        _note_use(request, user, f"OIDC {digest[:TOKEN_NAME_LENGTH]}")
        return user, token

    def _claims(self, token: str) -> dict[str, Any]:
        try:
            key = _signing_key(token)
            claims: dict[str, Any] = jwt.decode(
                token,
                key.key,
                algorithms=["RS256", "ES256"],
                issuer=settings.OIDC_ISSUER,
                audience=settings.OIDC_AUDIENCE,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except jwt.PyJWTError as error:
            raise AuthenticationFailed(f"The access token is not valid: {error}") from error
        return claims


def _signing_key(token: str) -> jwt.PyJWK:
    """The provider's key that the token names; `KeysUnavailable` if it gives no keys."""
    client = _key_client(settings.OIDC_JWKS_URL)
    try:
        return client.get_signing_key_from_jwt(token)
    except (jwt.PyJWKClientConnectionError, json.JSONDecodeError) as error:
        raise KeysUnavailable from error


def _words(claim: Any) -> frozenset[str]:
    """A claim that is a list of words, or one string with spaces, as a set."""
    words = claim.split() if isinstance(claim, str) else claim if isinstance(claim, list) else []
    return frozenset(str(word) for word in words)
