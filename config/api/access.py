"""Who may call: roles are Django groups or an identity provider's claims."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpRequest
from rest_framework.exceptions import PermissionDenied, UnsupportedMediaType
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from config.access.actor import Actor
from config.access.oidc.tokens import OidcToken
from config.api.authentication import ROLES_READ
from config.api.roles import ADMIN, COORDINATOR, ROLES, SEES_ALL, SYSTEM, WRITES_ALL
from config.web.origin import is_from_another_site


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


def _refuse_other_sites(request: HttpRequest) -> None:
    """Raise unless the request, which changes something without a token, can be no other site's.

    A browser sends forms and bare POSTs of any page without asking. What it asks for before it
    sends it, such as JSON, a page of another site is not granted. `PermissionDenied` (403) where
    the browser says that it was one, `UnsupportedMediaType` (415) for a POST of what is no JSON.
    """
    if is_from_another_site(request):
        raise PermissionDenied("Another site's page may not do this without a token.")
    if request.method == "POST" and request.content_type != "application/json":
        detail = "Without a token, Content-Type has to be application/json."
        raise UnsupportedMediaType(str(request.content_type), detail)


class PublicApi(BasePermission):
    """The rule of the contracts marked *Public*, by the setting `PUBLIC_API`.

    `open`: everybody. `read-only`: everybody reads, a role writes. `closed`: a role for all.
    Reading is for `system`, `admin` and `auditor`, writing for `system` and `admin`; coordinators
    read, and write what is visible to them where `coordinators_write`.
    """

    coordinators_write: ClassVar[bool] = True

    def has_permission(self, request: Request, view: Any) -> bool:
        if is_public(request):
            if request.method not in SAFE_METHODS and request.auth is None:
                _refuse_other_sites(request._request)
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
