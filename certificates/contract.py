"""Certificates and their actions as JSON: one shape for answers and webhooks.

Keys stand in the order of contract certificate-v2. Optional ones that are unset are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from certificates.models import Attachment, Certificate, CertificateAction
from certificates.shapes import CertificateBody
from config.api.fields import format_utc

#: The keys of an answer, in the order of the contract.
CERTIFICATE_KEYS = tuple(CertificateBody().fields)


def certificate_body(certificate: Certificate) -> dict[str, Any]:
    """The certificate as index, view, update and the webhooks show it."""
    values: dict[str, Any] = {key: getattr(certificate, key) for key in CERTIFICATE_KEYS}
    return _plain(values)


def created_body(certificate: Certificate, given: Mapping[str, Any]) -> dict[str, Any]:
    """What `create` answers: the id and what was given, as the contract's example has it."""
    return {
        key: value
        for key, value in certificate_body(certificate).items()
        if key == "certificate_id" or key in given
    }


def action_body(action: CertificateAction) -> dict[str, Any]:
    """An action of a certificate, with the date that counts: its own or the inherited one."""
    return _plain(
        {
            "certificate_action_id": action.certificate_action_id,
            "certificate_id": action.certificate_id,
            "action_id": action.action_id,
            "action_name": action.action_name,
            "action_code": action.action_code,
            "date_expire": action.date_expire,
            "is_date_inherited": action.is_date_inherited,
            "tenant_id": action.tenant_id,
        }
    )


def attachment_body(attachment: Attachment) -> dict[str, Any]:
    """What is known of a file; its content is downloaded."""
    return {
        "attachment_id": str(attachment.attachment_id),
        "certificate_id": str(attachment.certificate_id),
        "name": attachment.name,
        "type": attachment.media_type,
        "size": attachment.size,
        "sha256": attachment.sha256,
        "tenant_id": str(attachment.tenant_id),
        "created_at": format_utc(attachment.created_at),
    }


def updated_fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """What really changed between two bodies: `{key: {"old", "new"}}`; null where it was unset."""
    keys = [*after, *(key for key in before if key not in after)]
    return {
        key: {"old": before.get(key), "new": after.get(key)}
        for key in keys
        if before.get(key) != after.get(key)
    }


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is unset, and with text for dates and ids."""
    return {
        key: value if isinstance(value, str | int | dict) else str(value)
        for key, value in values.items()
        if value is not None
    }
