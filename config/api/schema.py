"""What operations share in the OpenAPI document: problems, security, the contracts' examples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers

from config.api import schema_filters  # noqa: F401  (registers what it says of filters)
from config.api.access import PublicApi
from config.api.problems import MEDIA_TYPE
from config.api.schema_headers import add_headers
from config.api.schema_input import TEXT_PATTERN, body_schema, refine_string
from config.api.words import describe

_ID_PARAMETER = OpenApiParameter(
    "id",
    {"type": "string", "pattern": TEXT_PATTERN},
    OpenApiParameter.QUERY,
    required=True,
    description="What the path could end with.",
)
_IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match", str, OpenApiParameter.HEADER, description="Tags that the client has: 304."
)
_IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="Tags of what GET answers: anything else is a 412, and nothing changes.",
)
_IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "pattern": "^[!-~]{1,255}$"},
    OpenApiParameter.HEADER,
    description=(
        "1 to 255 visible ASCII characters: sent again within 24 hours, the request gets the "
        "answer of the first and does nothing."
    ),
)
View = TypeVar("View", bound=Callable[..., Any])


class FaultSerializer(serializers.Serializer[Any]):
    pointer = serializers.CharField(help_text="`#/key` in the body, `?name` in the query string.")
    code = serializers.CharField()
    detail = serializers.CharField()


class ProblemSerializer(serializers.Serializer[Any]):
    """Problem details (RFC 9457)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    request_id = serializers.CharField()
    errors = FaultSerializer(many=True, required=False)  # type: ignore[assignment]
    errors_left_out = serializers.IntegerField(
        required=False, help_text="How many more there are than `errors` lists."
    )


def operation(
    *,
    summary: str,
    description: str = "",
    request: Any = None,
    request_example: Any = None,
    answers: dict[int, tuple[Any, Any]],
    problems: Sequence[int] = (),
    parameters: Sequence[Any] = (),
    media_type: str = "",
) -> Callable[[View], View]:
    """Describe an operation, with its contract's examples.

    `answers` maps a status to (serializer, example), in JSON unless `media_type` is another.
    `problems` names the statuses beside those that any operation can answer. A list's example is
    its whole page.
    """
    examples = [
        OpenApiExample(
            f"{summary} ({status})", value=value, response_only=True, status_codes=[str(status)]
        )
        for status, (_, value) in answers.items()
        if value is not None
    ]
    if request_example is not None:
        examples.append(OpenApiExample(summary, value=request_example, request_only=True))
    responses: dict[Any, Any] = {
        (status, media_type) if media_type else status: serializer
        for status, (serializer, _) in answers.items()
    }
    responses |= {(status, MEDIA_TYPE): ProblemSerializer for status in problems}
    return extend_schema(
        summary=summary,
        description=description or None,
        request=request,
        responses=responses,
        parameters=list(parameters),
        examples=examples,
    )


class ContractSchema(AutoSchema):
    """Adds to each operation the problems that it can answer like any other."""

    _rendering_examples = False

    def get_tags(self) -> list[str]:
        return [self.path.strip("/").split("/")[2 if self.path.startswith("/api/") else 1]]

    def get_auth(self) -> list[dict[str, Any]]:
        schemes: list[dict[str, Any]] = super().get_auth()
        public = any(isinstance(rule, PublicApi) for rule in self.view.get_permissions())
        return [*schemes, {}] if public else schemes

    def get_override_parameters(self) -> list[Any]:
        own = [*super().get_override_parameters(), *self._header_parameters()]
        return [*own, _ID_PARAMETER] if self._id_in_query else own

    def _header_parameters(self) -> list[OpenApiParameter]:
        if self._is_reading:
            return [_IF_NONE_MATCH]
        if self._is_creating:
            return [_IDEMPOTENCY_KEY]
        return [_IF_MATCH] if self._is_conditional else []

    @property
    def _is_reading(self) -> bool:
        """Whether it answers one resource, with a tag."""
        reading: str | None = getattr(self.view, "reading_action", None)
        return self.method == "GET" and getattr(self.view, "action", None) == reading

    @property
    def _is_creating(self) -> bool:
        view: Any = self.view
        return self.method == "POST" and view.action in view.creating_actions

    @property
    def _is_conditional(self) -> bool:
        """Whether it changes a resource that has a tag."""
        view: Any = self.view
        return self.method in ("PUT", "DELETE") and hasattr(view, view.reading_action)

    def get_operation_id(self) -> str:
        """Where the path ends with the operation's name, the tag and that name."""
        action = getattr(self.view, "action", "")
        if not hasattr(self.view, "id_in_query"):
            name: str = super().get_operation_id()
            return name
        name = "_".join([*self.get_tags(), action]).replace("-", "_")
        return f"{name}_by_query" if self._id_in_query else name

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> dict[str, Any]:
        schema = describe(super()._map_basic_serializer(serializer, direction), serializer)
        return body_schema(schema, serializer)

    def _insert_field_validators(self, field: Any, schema: dict[str, Any]) -> None:
        super()._insert_field_validators(field, schema)
        refine_string(schema, field)

    @property
    def _id_in_query(self) -> bool:
        return bool(getattr(self.view, "id_in_query", False))

    def _resolve_path_parameters(self, variables: list[str]) -> list[dict[str, Any]]:
        """All our ids are strings outside, whatever their columns are."""
        patterns: dict[str, str] = getattr(self.view, "path_patterns", {})
        schemas: dict[str, dict[str, Any]] = {
            name: {"type": "string"} | ({"pattern": patterns[name]} if name in patterns else {})
            for name in variables
        }
        return [
            {
                "in": "path",
                "name": name,
                "required": True,
                "description": "The mentor's id." if name == "mentor_id" else "Its id.",
                "schema": schema,
            }
            for name, schema in schemas.items()
        ]

    def _get_response_bodies(
        self, direction: Literal["request", "response"] = "response"
    ) -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        statuses = [400, 401, 403, 406, 429, 500, 503]
        if "{" in self.path or self._id_in_query:
            statuses.append(404)
        if self.method in ("POST", "PUT", "PATCH"):
            statuses += [413, 415]
        if self._is_creating:
            statuses += [409, 422]
        if self._is_conditional:
            statuses.append(412)
        if self._is_reading:
            bodies["304"] = {"description": "It is as `If-None-Match` says."}
        for status in statuses:
            if str(status) not in bodies:
                bodies[str(status)] = self._get_response_for_code(
                    ProblemSerializer, str(status), [MEDIA_TYPE], direction
                )
        add_headers(bodies, self.view, self.method)
        return dict(sorted(bodies.items()))

    def _get_examples(self, *args: Any, **kwargs: Any) -> Any:
        self._rendering_examples = True
        try:
            return super()._get_examples(*args, **kwargs)
        finally:
            self._rendering_examples = False

    def _is_list_view(self, serializer: Any = None) -> bool:
        """Lists' examples are whole pages, as the contracts print them: don't wrap them again."""
        return not self._rendering_examples and bool(super()._is_list_view(serializer))


class BearerScheme(OpenApiAuthenticationExtension):
    target_class = "config.api.authentication.TokenAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        about = "A token of `manage.py create_token`, or of the admin."
        return {"type": "http", "scheme": "bearer", "description": about}


class OidcScheme(OpenApiAuthenticationExtension):
    target_class = "config.api.authentication.OidcAuthentication"
    name = "oidc"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        about = "An access token of the identity provider (OpenID Connect)."
        kind = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
        return {**kind, "description": about}
