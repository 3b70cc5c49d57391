"""What the OpenAPI document says of requests beyond DRF's types: as strict as bodies are read."""

from __future__ import annotations

import re
from typing import Any

from config.api.bodies import InputSerializer
from config.api.fields import IDENTIFIER_PATTERN, IdentifierField, StringField

# What Python trims and JavaScript's `\s` does not know, beside NUL, which no string may have.
_BLANK = r"\s\u0000\u001c-\u001f\u0085"
#: A string without NUL that is not blank.
TEXT_PATTERN = rf"^[^\u0000]*[^{_BLANK}][^\u0000]*$"
_TEXT_OR_BLANK_PATTERN = r"^[^\u0000]*$"


_TEXT_TYPES = ("string", ["string", "null"])


def body_schema(schema: dict[str, Any], serializer: Any) -> dict[str, Any]:
    """The schema of a body, which has no other keys than its own and those that are ignored.

    These are no properties, or a client that is made from the document would offer them.
    """
    if not isinstance(serializer, InputSerializer):
        return schema
    schema["additionalProperties"] = False
    if type(serializer).__doc__ is None:
        # That of a class above is not meant for readers of the document.
        schema.pop("description", None)
    if serializer.read_only_keys:
        names = "|".join(sorted(map(re.escape, serializer.read_only_keys)))
        schema["patternProperties"] = {f"^({names})$": {"description": "Ignored."}}
    return schema


def refine_string(schema: dict[str, Any], field: Any) -> None:
    """Give the schema of one of our strings its pattern."""
    if not isinstance(field, StringField) or schema.get("type") not in _TEXT_TYPES:
        return
    if isinstance(field, IdentifierField):
        # Trimmed before it is measured.
        for length in ("minLength", "maxLength"):
            schema.pop(length, None)
        reserved = "".join(rf"(?!{re.escape(word)}\s*$)" for word in sorted(field.reserved))
        schema["pattern"] = rf"^\s*{reserved}{IDENTIFIER_PATTERN}\s*$"
    elif field.pattern:
        schema["pattern"] = field.pattern
    elif "enum" not in schema and "format" not in schema:
        schema["pattern"] = _TEXT_OR_BLANK_PATTERN if field.allow_blank else TEXT_PATTERN
