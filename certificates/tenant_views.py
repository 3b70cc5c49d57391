"""Viewsets of rows that belong to tenants."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet

from certificates.errors import EntityNotFound
from certificates.tenancy import TenantAccount, scope_of
from config.api.entities import EntityViewSet, parse_id


class TenantEntityViewSet(EntityViewSet):
    """Shows the rows of the tenants that the request's account belongs to, and no others."""

    permission_classes = [TenantAccount]
    #: What one row is called in errors.
    entity: ClassVar[str]
    #: The field that leads to the tenant.
    tenant_field: ClassVar[str] = "tenant"

    def visible(self) -> QuerySet[Any, Any]:
        """The rows that exist for this request."""
        return self.in_scope(self.get_queryset())

    def in_scope(self, rows: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
        return rows.filter(scope_of(self.request).condition(self.tenant_field))

    def scope_equalities(self) -> dict[str, Any] | None:
        tenant_ids = scope_of(self.request).tenant_ids
        if tenant_ids is None:
            return {}
        return {self.tenant_field: next(iter(tenant_ids))} if len(tenant_ids) == 1 else None

    def found(self, id: str) -> Any:
        """The row of that id; `EntityNotFound`, for another tenant's as well."""
        entity_id = parse_id(id, self.entity)
        row = self.visible().filter(**{self.id_field: entity_id}).first()
        if row is None:
            raise EntityNotFound(self.entity, entity_id)
        return row
