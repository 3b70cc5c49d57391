"""Serializer fields that take JSON at its word: a number is no string, a string no truth value."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, date, datetime
from typing import Any

from django.core.validators import RegexValidator
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from config.dates import OUT_OF_YEARS, is_in_years

#: Ids of mentors and organisations: unreserved characters of a URL (RFC 3986 section 2.3). Neither
#: `.` nor `..`, which clients resolve as steps in a path, so that no request could name them.
IDENTIFIER_PATTERN = r"(?!\.{1,2}\s*$)[A-Za-z0-9._~-]{1,64}"
#: The whole of such an id, as OpenAPI documents have it of paths.
IDENTIFIER_IN_PATH = f"^{IDENTIFIER_PATTERN}$"
validate_identifier = RegexValidator(
    rf"^{IDENTIFIER_PATTERN}\Z", _("Use 1 to 64 letters, digits, or characters of “._~-”.")
)

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


def format_utc(moment: datetime) -> str:
    """`moment` as ISO 8601 in UTC, to the second, with `Z`."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


class StringField(serializers.CharField):
    """A JSON string, trimmed; other JSON types are refused, as are NUL characters."""

    #: What the OpenAPI document says of it, where that is more than "not blank".
    pattern: str = ""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class IdentifierField(StringField):
    """An id of 1 to 64 characters that a URL needs not escape."""

    #: Words that are none, because paths have them.
    reserved: frozenset[str] = frozenset()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=64, **{"validators": [validate_identifier], **kwargs})


class TruthField(serializers.BooleanField):
    """JSON `true` or `false`, nothing that merely looks like it."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


@extend_schema_field({"oneOf": [{"type": "boolean"}, {"type": "integer", "enum": [0, 1]}]})
class FlagField(TruthField):
    """JSON `true` or `false`, or the 1 and 0 that clients of the /v2 APIs send for them."""

    def to_internal_value(self, data: Any) -> bool:
        is_number = type(data) in (int, float) and data in (0, 1)
        return super().to_internal_value(bool(data) if is_number else data)


class DateField(serializers.DateField):
    """A calendar day: `2026-03-01`, nothing shorter, longer or otherwise written.

    It lies in the years of `config.dates`, unless `any_year`: a filter may ask for any.
    """

    default_error_messages = {"year": OUT_OF_YEARS}

    def __init__(self, *, any_year: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.any_year = any_year

    def to_internal_value(self, value: Any) -> date:
        if not isinstance(value, str) or not _DAY.fullmatch(value.strip()):
            self.fail("invalid", format="YYYY-MM-DD")
        day: date = super().to_internal_value(value.strip())
        if not (self.any_year or is_in_years(day)):
            self.fail("year")
        return day


class UuidField(serializers.UUIDField):
    """A UUID in its usual form (RFC 9562): 32 hexadecimal digits in five groups."""

    def to_internal_value(self, data: Any) -> uuid.UUID:
        if not isinstance(data, str) or not _UUID.fullmatch(data.strip()):
            self.fail("invalid", value=data)
        return uuid.UUID(data.strip())


class BoundedListField(serializers.ListField):
    """A list of up to `max_length` items; of a longer one no item is looked at."""

    max_length: int

    def __init__(self, *, max_length: int, **kwargs: Any) -> None:
        super().__init__(max_length=max_length, **kwargs)

    def to_internal_value(self, data: Any) -> list[Any]:
        if isinstance(data, list) and len(data) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        return super().to_internal_value(data)


class BoundedDictField(serializers.DictField):
    """An object of up to `most` members; of a larger one no member is looked at."""

    default_error_messages = {"too_many": "Give at most {most} members."}

    def __init__(self, *, most: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.most = most

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if isinstance(data, dict) and len(data) > self.most:
            self.fail("too_many", most=self.most)
        return super().to_internal_value(data)


class WholeNumberField(serializers.IntegerField):
    """A JSON number without a fraction, `5` or `5.0`; neither a string nor a truth value."""

    def to_internal_value(self, data: Any) -> int:
        if type(data) is float and data.is_integer():
            return int(data)
        if type(data) is not int:
            self.fail("invalid")
        return data


class UtcDateTimeField(serializers.DateTimeField):
    """A moment, to the second, in UTC.

    Input: ISO 8601 with any offset; a date alone is midnight UTC, a time without offset is UTC;
    fractions of a second are cut off. Output: `2026-03-01T00:00:00Z`. It lies in the years of
    `config.dates`, unless `any_year`: a filter may ask for any.
    """

    default_error_messages = {
        "year": OUT_OF_YEARS,
        "invalid": "Not an ISO 8601 date and time such as 2026-03-01T00:00:00Z.",
        "range": "The moment lies outside the years 1 to 9999 in UTC.",
    }

    def __init__(self, *, any_year: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.any_year = any_year

    def to_internal_value(self, value: Any) -> datetime:
        # Python's parser takes a trailing NUL for nothing.
        if not isinstance(value, str) or "\0" in value:
            self.fail("invalid")
        try:
            moment = parse_datetime(value.strip())
        except ValueError:
            moment = None
        if moment is None:
            self.fail("invalid")
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        try:
            moment = moment.astimezone(UTC).replace(microsecond=0)
        except OverflowError:
            self.fail("range" if self.any_year else "year")
        if not (self.any_year or is_in_years(moment)):
            self.fail("year")
        return moment

    def to_representation(self, value: Any) -> Any:
        return None if value is None else format_utc(value)
