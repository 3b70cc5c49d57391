"""Registering types of certifications."""

from __future__ import annotations

from django.core.exceptions import ValidationError

from certifications.models import CertificationType
from certifications.models.certification_type import validate_type_code
from config.errors import InvalidError


def register_type(code: str) -> CertificationType:
    """The type of that code, registered with the usual stages if there is none yet.

    `InvalidError` for a code that no new type may have. Those from before keep theirs.
    """
    try:
        return CertificationType.objects.get(code=code)
    except CertificationType.DoesNotExist:
        pass
    try:
        validate_type_code(code)
    except ValidationError as error:
        raise InvalidError.of_field("certification_type", error.messages[0]) from error
    return CertificationType.objects.get_or_create(code=code)[0]
