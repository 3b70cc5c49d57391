"""What the /v2 APIs of certificates take: bodies, filters and orders."""

from __future__ import annotations

from typing import Any

import orjson
from django.db.models import Q
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from certificates.models import ActionType, ResourceType, ValidityUnit
from certificates.models.certificate import MAX_VALIDITY
from config.api.bodies import InputSerializer
from config.api.fields import (
    DateField,
    FlagField,
    StringField,
    TruthField,
    UuidField,
    WholeNumberField,
)
from config.api.index import MAX_CONDITIONS, AnyOf, DaysOf, IndexInput, PartOf

MAX_DATA_BYTES = 64 * 1024
MAX_DATA_DEPTH = 64


class ChoiceField(serializers.ChoiceField):
    """One of the words, as a JSON string."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("invalid_choice", input=data)
        return super().to_internal_value(data)


@extend_schema_field({"type": "object", "additionalProperties": True})
class DataField(serializers.Field[Any, Any, Any, Any]):
    """A JSON object of up to 64 KiB. Its keys are kept sorted: equal objects look alike."""

    default_error_messages = {
        "not_an_object": "Give a JSON object.",
        "too_large": f"It is larger than {MAX_DATA_BYTES} bytes as JSON.",
        "too_deep": f"It is nested deeper than {MAX_DATA_DEPTH} levels.",
        "null_characters": "Null characters are not allowed.",
    }

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            self.fail("not_an_object")
        if _depth(data) > MAX_DATA_DEPTH:
            self.fail("too_deep")
        plain = orjson.dumps(data, option=orjson.OPT_SORT_KEYS)
        if len(plain) > MAX_DATA_BYTES:
            self.fail("too_large")
        if b"\\u0000" in plain.replace(b"\\\\", b""):
            self.fail("null_characters")
        value: dict[str, Any] = orjson.loads(plain)
        return value


def _depth(value: Any) -> int:
    """How deep lists and objects are nested; without recursion, whatever a client sends."""
    depth, level = 0, [value]
    while level:
        depth += 1
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return depth


class WarningField(WholeNumberField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_value=1, **kwargs)


class CertificateUpdateInput(InputSerializer):
    """Any of a certificate's fields; what is left out stays, null unsets an optional one."""

    read_only_keys = frozenset({"certificate_id"})

    date_release = DateField(required=False)
    date_expire = DateField(
        required=False,
        allow_null=True,
        help_text="Follows from release and validity where it is not given, or null.",
    )
    name = StringField(max_length=255, required=False)
    note = StringField(required=False, allow_null=True)
    action_type = ChoiceField(choices=ActionType.choices, required=False)
    resource_id = UuidField(required=False)
    resource_type = ChoiceField(choices=ResourceType.choices, required=False, allow_null=True)
    data = DataField(required=False, allow_null=True)  # type: ignore[assignment]
    warning = WarningField(required=False)
    tenant_id = UuidField(required=False, help_text="It can't change.")
    validity_unit = ChoiceField(choices=ValidityUnit.choices, required=False, allow_null=True)
    validity = WholeNumberField(
        min_value=1, max_value=MAX_VALIDITY, required=False, allow_null=True
    )


class CertificateInput(CertificateUpdateInput):
    """A certificate to create."""

    read_only_keys = frozenset()

    certificate_id = UuidField(required=False)
    date_release = DateField()
    name = StringField(max_length=255)
    action_type = ChoiceField(choices=ActionType.choices)
    resource_id = UuidField()
    tenant_id = UuidField()


class AnyObject(AnyOf):
    """A filter on a JSON object: equal to the given one, or to one of them."""

    most = MAX_CONDITIONS

    def only_value(self, values: list[Any] | None) -> None:
        return None

    def condition(self, column: str, values: list[Any] | None) -> Q:
        if values is None:
            return super().condition(column, None)
        condition = Q(pk__in=[])
        for value in values:
            condition |= self.condition(column, None) if value is None else Q(**{column: value})
        return condition


class CertificateFilter(InputSerializer):
    """Conditions that all have to hold."""

    certificate_id = AnyOf(UuidField())
    date_release = DaysOf()
    date_expire = DaysOf()
    name = PartOf(StringField())
    note = AnyOf(StringField())
    action_type = AnyOf(ChoiceField(choices=ActionType.choices))
    resource_id = AnyOf(UuidField())
    resource_type = AnyOf(ChoiceField(choices=ResourceType.choices))
    data = AnyObject(DataField())  # type: ignore[assignment]
    warning = AnyOf(WarningField())
    tenant_id = AnyOf(UuidField())
    validity_unit = AnyOf(ChoiceField(choices=ValidityUnit.choices))
    validity = AnyOf(WholeNumberField(min_value=1, max_value=MAX_VALIDITY))


class CertificateIndexInput(IndexInput):
    filters = CertificateFilter
    sorts = ("date_release", "date_expire", "name", "action_type")
    default_sort = ("-date_release",)

    history = TruthField(
        default=False, help_text="Also expired ones that a newer certificate replaced."
    )


class ActionUpdateInput(InputSerializer):
    """Any of the fields; what is left out stays."""

    read_only_keys = frozenset({"certificate_action_id"})

    certificate_id = UuidField(required=False, help_text="It can't change.")
    action_id = UuidField(required=False)
    action_name = StringField(max_length=255, required=False)
    action_code = StringField(max_length=100, required=False, allow_null=True)
    date_expire = DateField(
        required=False, allow_null=True, help_text="Inherited where it is not given, or null."
    )
    is_date_inherited = FlagField(required=False)
    tenant_id = UuidField(required=False, help_text="That of the certificate.")


class ActionInput(ActionUpdateInput):
    """An action to connect with a certificate."""

    read_only_keys = frozenset()

    certificate_action_id = UuidField(required=False)
    certificate_id = UuidField()
    action_id = UuidField()
    action_name = StringField(
        max_length=255, required=False, help_text="The certificate's name where it is not given."
    )


class ActionFilter(InputSerializer):
    certificate_action_id = AnyOf(UuidField())
    certificate_id = AnyOf(UuidField())
    action_id = AnyOf(UuidField())
    action_name = PartOf(StringField())
    action_code = AnyOf(StringField())
    date_expire = DaysOf()
    certificate_name = PartOf(StringField(), source="certificate__name")
    action_type = AnyOf(ChoiceField(choices=ActionType.choices), source="certificate__action_type")
    resource_id = AnyOf(UuidField(), source="certificate__resource_id")
    is_date_inherited = AnyOf(FlagField())
    tenant_id = AnyOf(UuidField())


class ActionIndexInput(IndexInput):
    filters = ActionFilter
    sorts = ("date_expire", "action_name", "action_code")
    default_sort = ("action_name",)

    history = TruthField(
        default=True,
        help_text="False hides actions of expired certificates that a newer one replaced.",
    )


class AttachmentInput(InputSerializer):
    """A file to attach, as multipart/form-data."""

    certificate_id = UuidField()
    name = StringField(
        required=False,
        allow_blank=True,
        help_text="The file's own where it is not given, or empty.",
    )
    file = serializers.FileField(allow_empty_file=True, max_length=None)


class AttachmentFilter(InputSerializer):
    attachment_id = AnyOf(UuidField())
    certificate_id = AnyOf(UuidField())
    name = AnyOf(StringField())
    type = AnyOf(StringField(), source="media_type")
    sha256 = AnyOf(StringField())
    tenant_id = AnyOf(UuidField())


class AttachmentIndexInput(IndexInput):
    filters = AttachmentFilter
    sorts = ("created_at", "name")
    default_sort = ("-created_at",)
