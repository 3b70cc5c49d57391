"""What the rules of certificates can stand against."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from config.errors import ConflictError, DomainError, ForbiddenError, NotFoundError


class ForeignTenant(ForbiddenError):
    def __init__(self, tenant_id: UUID) -> None:
        super().__init__(f"Your account does not belong to the tenant {tenant_id}.")


class EntityNotFound(NotFoundError):
    def __init__(self, what: str, entity_id: UUID) -> None:
        super().__init__(f"There is no {what} {entity_id}.")


class CertificateExists(ConflictError):
    code = "certificate-exists"
    title = "The certificate_id is taken"

    def __init__(self, certificate_id: UUID) -> None:
        super().__init__(f"There is a certificate {certificate_id} already.")


class ActionExists(ConflictError):
    code = "certificate-action-exists"
    title = "The certificate_action_id is taken"

    def __init__(self, certificate_action_id: UUID) -> None:
        super().__init__(f"There is a certificate action {certificate_action_id} already.")


class TooManyEndpoints(ConflictError):
    code = "too-many-webhook-endpoints"
    title = "The tenant has as many webhook endpoints as it can"

    def __init__(self, most: int) -> None:
        super().__init__(f"A tenant can have {most} webhook endpoints; delete one first.")


class ConnectedEntities(DomainError):
    """400, where 409 would say it better: what clients of this API expect."""

    status = 400
    code = "connected-entities"
    title = "Other entities are connected with it"

    def __init__(self, connected: Sequence[dict[str, Any]]) -> None:
        super().__init__(
            f"{len(connected)} connected entities would be deleted as well; "
            "force=true deletes them all.",
            connected_entities=list(connected),
        )
