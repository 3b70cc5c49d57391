"""Registering types of certifications."""

from __future__ import annotations

from django.core.exceptions import ValidationError

from certifications.models import CertificationType
from certifications.models.certification_type import validate_type_code
from config.access.actor import TRUSTED, Actor
from config.errors import InvalidError
from config.text import normalise_code


def type_code(text: str) -> str:
    """The code that is meant by what somebody wrote: as it stands where a type has it, else as
    codes are stored. Types from before may have codes with two spaces in a row, and keep them.
    """
    code = normalise_code(text)
    if code == text or CertificationType.objects.filter(code=text).exists():
        return text
    return code


def register_type(code: str, actor: Actor = TRUSTED) -> CertificationType:
    """The type of that code, registered with the usual stages if there is none yet.

    It is confirmed once an actor with a right has used it. `InvalidError` for a code that no new
    type may have. Those from before keep theirs.
    """
    known = CertificationType.objects.filter(code=code).first()
    if known is not None:
        if actor.has_right and not known.is_confirmed:
            known.is_confirmed = True
            known.save()
        return known
    try:
        validate_type_code(code)
    except ValidationError as error:
        raise InvalidError.of_field("certification_type", error.messages[0]) from error
    return CertificationType.objects.get_or_create(
        code=code, defaults={"is_confirmed": actor.has_right}
    )[0]
