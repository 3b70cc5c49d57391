"""Errors of the domain. Each knows its HTTP status and problem type once, here.

Services raise them; the API answers them as RFC 9457 problems, commands and the admin print them.
"""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple


class Fault(NamedTuple):
    """One fault of a request.

    `pointer` says where: `#/expires_at` in the body (RFC 6901 as a URI fragment), `?page` in the
    query string. `code` is for programs, `detail` for people.
    """

    pointer: str
    code: str
    detail: str


class DomainError(Exception):
    """A rule of the domain stands against what was asked; nothing was changed.

    `extensions` become members of the problem beside `detail` (RFC 9457 section 3.2).
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal-error"
    title: ClassVar[str] = "Internal error"
    #: Headers of the answer beside the problem.
    headers: ClassVar[dict[str, str]] = {}

    def __init__(self, detail: str, **extensions: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.extensions = extensions


class InvalidError(DomainError):
    """What was given can't be right: one or more faults, each with its place."""

    status = 400
    code = "validation-error"
    title = "The request is not valid"

    def __init__(self, *faults: Fault) -> None:
        super().__init__("; ".join(f"{fault.pointer}: {fault.detail}" for fault in faults))
        self.faults = faults

    @classmethod
    def of_field(cls, field: str, detail: str, *, code: str = "invalid") -> InvalidError:
        """The error for one field of the body."""
        return cls(Fault(f"#/{field}", code, detail))


class ForbiddenError(DomainError):
    status = 403
    code = "forbidden"
    title = "Not allowed"


class NotFoundError(DomainError):
    status = 404
    code = "not-found"
    title = "Not found"


class ConflictError(DomainError):
    status = 409
    code = "conflict"
    title = "Conflict with what is there"


class UnavailableError(DomainError):
    """A part that the work needs is away; the same request may succeed later."""

    status = 503
    code = "unavailable"
    title = "Temporarily unavailable"
