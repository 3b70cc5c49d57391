"""Who may call: roles are Django groups or an identity provider's claims."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from config.access.actor import Actor
from config.api.authentication import ROLES_READ, OidcToken
from config.api.roles import ADMIN, COORDINATOR, ROLES, SEES_ALL, SYSTEM, WRITES_ALL


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


def is_public(request: Request) -> bool:
    """Whether the contracts marked *Public* answer the request whoever makes it."""
    if settings.PUBLIC_API == "read-only":
        return request.method in SAFE_METHODS
    return bool(settings.PUBLIC_API == "open")


def actor_of(request: Request) -> Actor:
    """For whom the request reads or writes, where `PublicApi` let it pass."""
    roles = roles_of(request)
    sees_all = is_public(request) or bool(roles & SEES_ALL)
    return Actor(
        limited_to=None if sees_all else request.user,
        has_right=bool(roles & (WRITES_ALL | {COORDINATOR})),
    )


class PublicApi(BasePermission):
    """The rule of the contracts marked *Public*, by the setting `PUBLIC_API`.

    `open`: everybody. `read-only`: everybody reads, a role writes. `closed`: a role for all.
    Reading is for `system`, `admin` and `auditor`, writing for `system` and `admin`; coordinators
    read, and write what is visible to them where `coordinators_write`.
    """

    coordinators_write: ClassVar[bool] = True

    def has_permission(self, request: Request, view: Any) -> bool:
        if is_public(request):
            return True
        is_reading = request.method in SAFE_METHODS
        allowed = SEES_ALL if is_reading else WRITES_ALL
        if is_reading or self.coordinators_write:
            allowed |= {COORDINATOR}
        return bool(allowed & roles_of(request))


class PublicJobsApi(PublicApi):
    """The same for what belongs to no organisation: coordinators read it and change nothing."""

    coordinators_write = False


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
