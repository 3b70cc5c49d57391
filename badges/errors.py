"""What the rules of badges can stand against."""

from __future__ import annotations

from config.errors import ConflictError, InvalidError, NotFoundError


class DefinitionNotFound(NotFoundError):
    def __init__(self, public_id: str) -> None:
        super().__init__(f"There is no badge definition {public_id}.")


class EarnedBadgeNotFound(NotFoundError):
    def __init__(self, public_id: str) -> None:
        super().__init__(f"There is no earned badge {public_id}.")


class DefinitionAwarded(ConflictError):
    code = "badge-definition-awarded"
    title = "The badge was awarded"

    def __init__(self, public_id: str) -> None:
        super().__init__(f"{public_id} was awarded and can't be deleted; make it inactive.")


def unknown_definition(public_id: str) -> InvalidError:
    """The error for a definition that a body names and that does not exist."""
    return InvalidError.of_field(
        "badge_definition_id", f"There is no badge definition {public_id}.", code="does_not_exist"
    )
