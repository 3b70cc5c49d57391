"""Who may call: roles are Django groups or an identity provider's claims."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from config.access.oidc.tokens import OidcToken
from config.api.authentication import ROLES_READ
from config.api.roles import ADMIN, ROLES, SYSTEM


def roles_of(request: Request) -> frozenset[str]:
    """The roles that this request carries; none without a valid token.

    A superuser's token carries every role.
    """
    if isinstance(request.auth, OidcToken):
        return request.auth.roles
    user = request.user
    if not user.is_authenticated:
        return frozenset()
    if user.is_superuser:
        return frozenset(ROLES)
    roles: frozenset[str] | None = getattr(user, ROLES_READ, None)
    if roles is None:
        roles = frozenset(user.groups.values_list("name", flat=True))
    return roles


class Closed(BasePermission):
    """Nobody. The default, so that a view without a rule is found at once."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return False


class PublicApi(BasePermission):
    """The rule of the contracts marked *Public*, by the setting `PUBLIC_API`.

    `open`: everybody. `read-only`: everybody reads, a token writes. `closed`: a token for all.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        if settings.PUBLIC_API == "open":
            return True
        if settings.PUBLIC_API == "read-only" and request.method in SAFE_METHODS:
            return True
        return request.user.is_authenticated


class HasRole(BasePermission):
    """A token with one of `roles`."""

    roles: ClassVar[frozenset[str]]

    def has_permission(self, request: Request, view: Any) -> bool:
        return bool(self.roles & roles_of(request))


class SystemOnly(HasRole):
    roles = frozenset({SYSTEM})


class AdminOnly(HasRole):
    roles = frozenset({ADMIN})


class SystemOrAdmin(HasRole):
    roles = frozenset({SYSTEM, ADMIN})
