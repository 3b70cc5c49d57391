"""What the /v2 APIs of certificates answer, for the OpenAPI document.

`certificates.contract` makes the answers themselves.
"""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from certificates.models import ActionType, ResourceType, ValidityUnit


class CertificateBody(serializers.Serializer[Any]):
    """A certificate. Optional fields that are unset are left out."""

    certificate_id = serializers.UUIDField()
    date_release = serializers.DateField()
    date_expire = serializers.DateField(required=False)
    name = serializers.CharField()
    note = serializers.CharField(required=False)
    action_type = serializers.ChoiceField(choices=ActionType.choices)
    resource_id = serializers.UUIDField()
    resource_type = serializers.ChoiceField(choices=ResourceType.choices, required=False)
    data = serializers.DictField(required=False)  # type: ignore[assignment]
    warning = serializers.IntegerField(required=False, min_value=0, max_value=1)
    tenant_id = serializers.UUIDField()
    validity_unit = serializers.ChoiceField(choices=ValidityUnit.choices, required=False)
    validity = serializers.IntegerField(required=False)


class CertificateDeleted(serializers.Serializer[Any]):
    deleted = serializers.BooleanField()
    certificate_id = serializers.UUIDField()


class ActionBody(serializers.Serializer[Any]):
    """An action of a certificate, with its own date of expiry or the inherited one."""

    certificate_action_id = serializers.UUIDField()
    certificate_id = serializers.UUIDField()
    action_id = serializers.UUIDField()
    action_name = serializers.CharField()
    action_code = serializers.CharField(required=False)
    date_expire = serializers.DateField(required=False)
    is_date_inherited = serializers.BooleanField()
    tenant_id = serializers.UUIDField()


class ActionDeleted(serializers.Serializer[Any]):
    deleted = serializers.BooleanField()
    certificate_action_id = serializers.UUIDField()


class AttachmentBody(serializers.Serializer[Any]):
    """What is known of a file. `type` is what its content shows, `sha256` its digest in hex."""

    attachment_id = serializers.UUIDField()
    certificate_id = serializers.UUIDField()
    name = serializers.CharField()
    type = serializers.CharField()
    size = serializers.IntegerField(help_text="Bytes.")
    sha256 = serializers.CharField()
    tenant_id = serializers.UUIDField()
    created_at = serializers.DateTimeField()


class AttachmentDeleted(serializers.Serializer[Any]):
    deleted = serializers.BooleanField()
    attachment_id = serializers.UUIDField()
