"""Whose rows a request may see: those of the tenants that its account belongs to."""

from __future__ import annotations

import uuid
from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from certificates.errors import ForeignTenant
from certificates.models.tenant import EVERY_TENANT, Tenant, TenantMember, TenantScope
from config.access.oidc.tokens import OidcToken
from config.api.access import roles_of
from config.api.roles import SYSTEM
from config.errors import InvalidError

_SCOPE = "_certificates_tenant_scope"


def scope_of(request: Request) -> TenantScope:
    """The tenants of the request's account; all of them for the role `system`.

    An identity provider's token says by its claim which tenant it is for. One query, once a
    request.
    """
    scope: TenantScope | None = getattr(request, _SCOPE, None)
    if scope is None:
        scope = _read_scope(request)
        setattr(request, _SCOPE, scope)
    return scope


def _read_scope(request: Request) -> TenantScope:
    if SYSTEM in roles_of(request):
        return EVERY_TENANT
    if isinstance(request.auth, OidcToken):
        return TenantScope.of(_uuids(request.auth.tenant))
    members = TenantMember.objects.filter(account=request.user.pk)
    return TenantScope.of(members.values_list("tenant", flat=True))


def _uuids(claim: str | None) -> list[uuid.UUID]:
    try:
        return [uuid.UUID(claim)] if claim else []
    except ValueError:
        return []


class TenantAccount(BasePermission):
    """A token of an account that belongs to at least one tenant, or of role `system`."""

    message = "Your account belongs to no tenant."

    def has_permission(self, request: Request, view: Any) -> bool:
        return scope_of(request) != TenantScope.of([])


def tenant_to_write(scope: TenantScope, tenant_id: uuid.UUID) -> Tenant:
    """The tenant that something is made in. `ForeignTenant`; `InvalidError` for an unknown one."""
    if tenant_id not in scope:
        raise ForeignTenant(tenant_id)
    tenant = Tenant.objects.filter(pk=tenant_id).first()
    if tenant is None:
        raise InvalidError.of_field(
            "tenant_id", f"There is no tenant {tenant_id}.", code="does_not_exist"
        )
    return tenant
