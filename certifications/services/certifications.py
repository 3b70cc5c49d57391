"""Writes on certifications. `now` is the moment of the request; all moments are aware datetimes."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from certifications.errors import (
    AmbiguousCertification,
    CertificationExists,
    CertificationNotFound,
)
from certifications.models import Certification
from certifications.models.certification import days_until
from certifications.services.held import held_certification
from certifications.services.mentors import lock_mentor, register_mentor
from certifications.services.renewals import record_renewal, refuse_ahead
from certifications.services.types import register_type
from config.access.actor import TRUSTED, Actor
from config.api.fields import format_utc
from config.errors import InvalidError
from config.saving import save_with_history


@transaction.atomic
def upsert_certification(
    *,
    mentor_id: str,
    certification_type: str,
    status: str,
    issued_at: datetime | None,
    expires_at: datetime,
    now: datetime,
    actor: Actor = TRUSTED,
) -> tuple[Certification, bool]:
    """Create or replace the mentor's certification of that type; returns it and whether it is new.

    Its renewal history stays. `issued_at` defaults to `now`; that of one on record is moved to no
    more than a day ahead, as that would be a renewal. `expires_at` has to be later.
    """
    register_mentor(mentor_id, actor)
    held = held_certification(mentor_id, certification_type)
    certification = held or Certification(
        mentor_id=mentor_id,
        certification_type=register_type(certification_type, actor),
        created_at=now,
    )
    issued_at = issued_at or now.replace(microsecond=0)
    if held is not None and held.issued_at != issued_at:
        refuse_ahead("issued_at", issued_at, now)
    certification.status = status
    certification.issued_at = issued_at
    certification.expires_at = expires_at
    save_certification(certification, now=now)
    return certification, held is None


@transaction.atomic
def create_certification(
    *,
    mentor_id: str,
    certification_type: str,
    expires_at: datetime,
    now: datetime,
    actor: Actor = TRUSTED,
) -> Certification:
    """Record a certification issued `now`; `CertificationExists` if the mentor holds the type."""
    register_mentor(mentor_id, actor)
    kind = register_type(certification_type, actor)
    if Certification.objects.filter(mentor_id=mentor_id, certification_type=kind).exists():
        raise CertificationExists(mentor_id, certification_type)
    certification = Certification(
        mentor_id=mentor_id,
        certification_type=kind,
        issued_at=now.replace(microsecond=0),
        expires_at=expires_at,
        created_at=now,
    )
    save_certification(certification, now=now)
    return certification


@transaction.atomic
def replace_certification(
    *,
    mentor_id: str,
    named_type: str | None,
    certification_type: str,
    status: str,
    issued_at: datetime | None,
    expires_at: datetime,
    now: datetime,
    actor: Actor = TRUSTED,
) -> Certification:
    """Replace type, status and dates of the certification that is meant (contract 1, PUT)."""
    certification = _meant(
        mentor_id, named_type, certification_type, parameter="cert_type", actor=actor
    )
    _set_type(certification, certification_type, actor)
    if issued_at is not None and issued_at != certification.issued_at:
        refuse_ahead("issued_at", issued_at, now)
    certification.status = status
    certification.issued_at = issued_at or certification.issued_at
    certification.expires_at = expires_at
    save_certification(certification, now=now)
    return certification


@transaction.atomic
def reschedule_certification(
    *,
    mentor_id: str,
    named_type: str | None,
    certification_type: str,
    expires_at: datetime,
    now: datetime,
    actor: Actor = TRUSTED,
) -> Certification:
    """Set type and expiry of the certification that is meant (contract 2, PUT).

    A later day of expiry than before is a renewal: it enters the history as of `now`, has to lie in
    the future, and makes the certification active again. Any other is a correction, that of the
    hour too.
    """
    certification = _meant(
        mentor_id, named_type, certification_type, parameter="certification_type", actor=actor
    )
    _set_type(certification, certification_type, actor)
    if days_until(expires_at, certification.expires_at) > 0:
        record_renewal(
            certification,
            renewed_at=now.replace(microsecond=0),
            expires_at=expires_at,
            now=now,
        )
    else:
        certification.expires_at = expires_at
    save_certification(certification, now=now)
    return certification


@transaction.atomic
def delete_certification(
    *, mentor_id: str, named_type: str | None, parameter: str, actor: Actor = TRUSTED
) -> None:
    """Delete the named certification, or the only one; the mentor stays.

    `parameter` is the query parameter by which the contract names a type, for the error.
    """
    _meant(mentor_id, named_type, None, parameter=parameter, actor=actor).delete()


def save_certification(certification: Certification, *, now: datetime) -> None:
    """Save with `updated_at` set to `now`; `InvalidError` if it would expire before its issue."""
    if certification.expires_at <= certification.issued_at:
        raise InvalidError.of_field(
            "expires_at",
            f"It has to be later than the date of issue, {format_utc(certification.issued_at)}.",
            code="not_after_issue",
        )
    certification.updated_at = now
    save_with_history(certification)


def _meant(
    mentor_id: str,
    named_type: str | None,
    body_type: str | None,
    *,
    parameter: str,
    actor: Actor,
) -> Certification:
    """The certification that a PUT or DELETE means, with the mentor's row locked.

    The type in the query, else the body's type if the mentor holds it, else the only one. Nothing
    is overwritten or lost by guessing: where several are left, `AmbiguousCertification`.
    """
    lock_mentor(mentor_id, actor)
    held = {
        certification.certification_type_id: certification
        for certification in Certification.objects.held_by(mentor_id).select_related(
            "certification_type"
        )
    }
    if named_type is not None:
        if named_type not in held:
            raise CertificationNotFound(mentor_id, named_type)
        return held[named_type]
    if body_type in held:
        return held[body_type]
    if not held:
        raise CertificationNotFound(mentor_id)
    if len(held) > 1:
        raise AmbiguousCertification(mentor_id, sorted(held), parameter)
    return next(iter(held.values()))


def _set_type(certification: Certification, code: str, actor: Actor) -> None:
    """Change the type; `CertificationExists` if the mentor holds the other type as well."""
    if certification.certification_type_id == code:
        return
    others = Certification.objects.filter(mentor_id=certification.mentor_id)
    if others.filter(certification_type_id=code).exists():
        raise CertificationExists(certification.mentor_id, code)
    certification.certification_type = register_type(code, actor)
