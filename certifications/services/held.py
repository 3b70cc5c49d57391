"""The certification that a write is about, read by prepared statements."""

from __future__ import annotations

import functools

from django.db.models import CharField

from certifications.models import Certification
from config.prepared import Given, PreparedInstances


def held_certification(mentor_id: str, certification_type: str | None) -> Certification | None:
    """The mentor's certification of that type, or the current one; None where there is none.

    `CertificationQuerySet.current_for` comes to the same.
    """
    held = (
        _current().run(mentor_id=mentor_id)
        if certification_type is None
        else _of_type().run(mentor_id=mentor_id, certification_type=certification_type)
    )
    return held[0] if held else None


@functools.cache
def _current() -> PreparedInstances[Certification]:
    mentor = Given("mentor_id", CharField())
    return PreparedInstances(Certification.objects.held_by(mentor)[:1])


@functools.cache
def _of_type() -> PreparedInstances[Certification]:
    mentor, kind = Given("mentor_id", CharField()), Given("certification_type", CharField())
    return PreparedInstances(Certification.objects.held_by(mentor).filter(certification_type=kind))
