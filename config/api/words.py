"""What the OpenAPI document says of properties, by their name: each API has the words of its field.

A serializer's `help_text` counts before them. An app has its own in `<app>.api.words.WORDS`, by
property, or by `Serializer.property` where one name means several things.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any

#: What all APIs share.
WORDS = {
    "created_at": "When it was made.",
    "updated_at": "When it was last changed.",
    "data": "The rows of this page.",
    "pagination": "Where this page lies in the list.",
    "page": "Which page, counted from 1.",
    "limit": "Rows a page.",
    "total": "Rows in all, exactly.",
    "deleted": "True: it is gone.",
    "filter": "Conditions that all have to hold.",
    "per-page": "Rows a page.",
    "sort": "The order of the rows.",
    "from": "The first day, which is one of them.",
    "to": "The last day, which is one of them.",
    "type": "Where it stands what this kind of problem means; `about:blank` for nowhere.",
    "title": "What kind of problem it is.",
    "status": "The status of the answer.",
    "detail": "What is wrong, in words.",
    "request_id": "The request's number in the server's log; `X-Request-ID` says the same.",
    "errors": "All faults of the body or the query string.",
    "code": "What kind of fault it is.",
}


def describe(schema: dict[str, Any], serializer: Any) -> dict[str, Any]:
    """The schema of a serializer, each property of which says what it means."""
    for name, found in schema.get("properties", {}).items():
        # That of a choice is the list of its words, which goes where these stand.
        words = found.get("description", "") if "enum" in str(found) else ""
        is_told = "description" in found and not words.startswith("* `")
        if is_told or not (text := words_of(type(serializer), name)):
            continue
        if "$ref" in found:
            found["allOf"] = [{"$ref": found.pop("$ref")}]
        found["description"] = f"{text}\n\n{words}" if words else text
    return schema


def words_of(kind: type[Any], name: str) -> str:
    """What the property of that name means in serializers of that class; empty if nobody says."""
    for one in kind.__mro__:
        words = _words(one.__module__.rpartition(".api.")[0] or one.__module__.partition(".")[0])
        if text := words.get(f"{one.__name__}.{name}"):
            return text
    package = kind.__module__.rpartition(".api.")[0] or kind.__module__.partition(".")[0]
    return _words(package).get(name) or WORDS.get(name, "")


@functools.cache
def _words(package: str) -> Mapping[str, str]:
    name = f"{package}.api.words"
    try:
        found = find_spec(name)
    except ModuleNotFoundError:
        found = None
    words: Mapping[str, str] = import_module(name).WORDS if found else {}
    return words
