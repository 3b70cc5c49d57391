"""What the rules of certifications can stand against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from config.errors import ConflictError, ForbiddenError, NotFoundError


class MentorNotFound(NotFoundError):
    def __init__(self, mentor_id: str) -> None:
        super().__init__(f"There is no mentor {mentor_id}.")


class MentorNotCoordinated(ForbiddenError):
    code = "mentor-not-coordinated"
    title = "The mentor is none of your organisations'"

    def __init__(self, mentor_id: str) -> None:
        super().__init__(f"No mentor {mentor_id} belongs to an organisation of yours.")


class CertificationNotFound(NotFoundError):
    def __init__(self, mentor_id: str, certification_type: str | None = None) -> None:
        what = f"certification {certification_type}" if certification_type else "certification"
        super().__init__(f"Mentor {mentor_id} holds no {what}.")


class CertificationExists(ConflictError):
    code = "certification-exists"
    title = "The mentor holds this certification already"

    def __init__(self, mentor_id: str, certification_type: str) -> None:
        super().__init__(f"Mentor {mentor_id} holds {certification_type} already.")


class AmbiguousCertification(ConflictError):
    code = "ambiguous-certification"
    title = "The mentor holds several certifications"

    def __init__(self, mentor_id: str, held: Sequence[str], parameter: str) -> None:
        super().__init__(
            f"Mentor {mentor_id} holds {len(held)} certifications; name one with ?{parameter}=.",
            held=list(held),
        )


class CertificationRevoked(ConflictError):
    code = "certification-revoked"
    title = "A revoked certification can't be renewed"

    def __init__(self, mentor_id: str, certification_type: str) -> None:
        super().__init__(f"{certification_type} of mentor {mentor_id} is revoked.")


class CertificationChanged(ConflictError):
    code = "certification-changed"
    title = "Somebody else changed the certification meanwhile"

    def __init__(self, mentor_id: str, certification_type: str) -> None:
        super().__init__(f"{certification_type} of mentor {mentor_id} was changed meanwhile.")


class RenewalExists(ConflictError):
    code = "renewal-exists"
    title = "Another renewal has this renewed_at"

    def __init__(self, renewed_at: str, expires_at: str) -> None:
        super().__init__(f"The renewal of {renewed_at} is on record until {expires_at}.")


class MentorHoldsCertifications(ConflictError):
    code = "mentor-holds-certifications"
    title = "The mentor holds certifications"

    def __init__(self, mentor_id: str, held: Sequence[str]) -> None:
        super().__init__(
            f"Mentor {mentor_id} holds {', '.join(held)}; ?force=true erases all of it.",
            held=list(held),
        )


class RenewalsRefused(ConflictError):
    """Of several renewals at once, some can't be; none was made."""

    code = "renewals-refused"
    title = "Not all of them can be renewed"

    def __init__(self, refusals: Mapping[str, str]) -> None:
        """`refusals`: for each certification, what stands against its renewal."""
        reasons = " ".join(f"{name}: {reason}" for name, reason in refusals.items())
        super().__init__(f"Nothing was renewed. {reasons}", refusals=dict(refusals))


class SuspensionsStand(ConflictError):
    """Of several renewals at once, some would end a suspension, which nobody asked for."""

    code = "suspensions-stand"
    title = "Some of them are suspended"

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(
            f"Nothing was renewed: a renewal would end the suspension of {', '.join(names)}.",
            certifications=list(names),
        )


class CertificationsNotSuspendable(ConflictError):
    """Only what is active can be suspended; none was."""

    code = "certifications-not-suspendable"
    title = "Not all of them can be suspended"

    def __init__(self, names: Sequence[str]) -> None:
        listed = ", ".join(names)
        super().__init__(
            f"Nothing was suspended: only active certifications can be, not {listed}.",
            certifications=list(names),
        )
