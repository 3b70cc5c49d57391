"""Bodies and query strings that are read strictly: what is not known is refused by name."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

from rest_framework import serializers

from config.errors import Fault

#: Unknown keys of an object that are named one by one.
MAX_NAMED = 50

S = TypeVar("S", bound="serializers.Serializer[Any]")


class InputSerializer(serializers.Serializer[Any]):
    """A body that a client sends. An unknown key is an error that names it.

    `read_only_keys` are keys that answers of the same contract carry: they are ignored, so that
    what was read can be sent back.
    """

    read_only_keys: ClassVar[frozenset[str]] = frozenset()

    def to_internal_value(self, data: Any) -> Any:
        unknown = (
            [key for key in data if key not in self.fields and key not in self.read_only_keys]
            if isinstance(data, Mapping)
            else []
        )
        errors = _unknown_fields(unknown)
        try:
            values = super().to_internal_value(data)
        except serializers.ValidationError as error:
            if not isinstance(error.detail, dict):
                raise
            errors = {**error.detail, **errors}
        if errors:
            raise serializers.ValidationError(errors)
        return values


def _unknown_fields(keys: list[Any]) -> dict[str, Any]:
    """An error for each of the keys; of very many, the first ones and how many more there are."""
    errors: dict[str, Any] = {
        key: [serializers.ErrorDetail("There is no such field.", code="unknown")]
        for key in keys[:MAX_NAMED]
    }
    if more := len(keys) - len(errors):
        detail = f"There are {more} more fields that are unknown."
        errors["non_field_errors"] = [serializers.ErrorDetail(detail, code="unknown")]
    return errors


class QuerySerializer(serializers.Serializer[Any]):
    """Parameters of a query string, for one operation."""


class ForceQuery(QuerySerializer):
    """Whether a DELETE takes what is connected with it."""

    force = serializers.ChoiceField(
        choices=["true", "false"],
        default="false",
        help_text="Delete everything that is connected as well.",
    )


@functools.cache
def reader(kind: type[S]) -> S:
    """A serializer of that class for reading, by `run_validation`: made once, for it keeps nothing.

    Making one copies all its fields, which costs more than most bodies do.
    """
    return kind()


def query_faults(errors: Any) -> list[Fault]:
    """Field errors of a form or serializer (a mapping) as faults of the query string."""
    return [
        Fault(f"?{name}", getattr(error, "code", None) or "invalid", str(error))
        for name, field_errors in errors.items()
        for error in field_errors
    ]
