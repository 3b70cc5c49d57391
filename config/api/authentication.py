"""Bearer tokens: our own (django-rest-knox), or an identity provider's (OpenID Connect)."""

from __future__ import annotations

import functools
import hashlib
from typing import Any

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

from config.access.oidc.keys import WAIT_S, KeysUnavailable
from config.access.oidc.tokens import InvalidToken, OidcToken, read_access_token
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


class ProviderAway(APIException):
    """Nobody can tell whether the token is valid; soon someone can."""

    status_code = 503
    default_detail = "The identity provider's keys can't be read now."
    #: Seconds to `Retry-After`.
    wait = int(WAIT_S)


class OidcAuthentication(BaseAuthentication):
    """Access tokens of the identity provider at `OIDC_JWKS_URL`: see `config.access.oidc`.

    The account that history names is made on first use.
    """

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"

    def authenticate(self, request: Request) -> tuple[Any, OidcToken] | None:
        parts = get_authorization_header(request).split()
        is_jwt = len(parts) == 2 and parts[0].lower() == b"bearer" and parts[1].count(b".") == 2
        if not (is_jwt and settings.OIDC_JWKS_URL):
            return None
        try:
            token = read_access_token(parts[1].decode("latin-1"))
        except InvalidToken as error:
            raise AuthenticationFailed(str(error)) from error
        except KeysUnavailable as error:
            raise ProviderAway from error
        digest = hashlib.sha256(f"{token.issuer} {token.subject}".encode()).hexdigest()
        user, _ = get_user_model().objects.get_or_create(
            username=f"oidc-{digest[:40]}",
            defaults={"first_name": token.name[:150], "password": "!"},
        )
        if not user.is_active:
            raise AuthenticationFailed("The account is not active.")
        _note_use(request, user, f"OIDC {digest[:TOKEN_NAME_LENGTH]}")
        return user, token
