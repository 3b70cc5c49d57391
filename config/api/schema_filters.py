"""What the OpenAPI document says of the filters of lists."""

from __future__ import annotations

from typing import Any

from drf_spectacular.contrib.django_filters import DjangoFilterExtension

from config.api.filters import AnyOfFilter, StableOrderingFilter, UtcDateTimeFilter, WordFilter


class QueryFilterExtension(DjangoFilterExtension):  # type: ignore[no-untyped-call]
    """Filters that may be repeated are arrays, and each parameter tells what it does."""

    target_class = "config.api.filters.QueryFilterBackend"
    priority = 1

    def resolve_filter_field(
        self, auto_schema: Any, model: Any, filterset_class: Any, field_name: str, filter_field: Any
    ) -> list[dict[str, Any]]:
        name = {"name": field_name, "in": "query"}
        if isinstance(filter_field, AnyOfFilter):
            return [name | _any_of(filter_field)]
        if isinstance(filter_field, UtcDateTimeFilter):
            description = filter_field.extra["help_text"]
            schema = {"type": "string", "format": "date-time"}
            return [name | {"description": description, "schema": schema}]
        if isinstance(filter_field, StableOrderingFilter):
            return [name | _ordering(filter_field)]
        found: list[dict[str, Any]] = super().resolve_filter_field(  # type: ignore[no-untyped-call]
            auto_schema, model, filterset_class, field_name, filter_field
        )
        return found


def _any_of(filter_field: AnyOfFilter) -> dict[str, Any]:
    one: dict[str, Any] = {"type": "string", "minLength": 1}
    if isinstance(filter_field, WordFilter):
        one = {"type": "string", "enum": [word for word, _ in filter_field.choices]}
    about = filter_field.extra.get("help_text") or "Rows that have this value."
    return {
        "description": f"{about} Repeated, any of the values.",
        "schema": {"type": "array", "items": one, "minItems": 1},
        "style": "form",
        "explode": True,
    }


def _ordering(filter_field: StableOrderingFilter) -> dict[str, Any]:
    words = [word for word, _ in filter_field.extra["choices"]]
    names = [word for word in words if not word.startswith("-")]
    return {
        "description": (
            f"By comma: {', '.join(names)}. `-` before one reverses it; equal rows are sorted by "
            "their number."
        ),
        "schema": {
            "type": "string",
            "pattern": f"^-?({'|'.join(names)})(,-?({'|'.join(names)}))*$",
        },
    }
