"""What the OpenAPI document says as a whole: servers, security, headers."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from django.conf import settings

from config.api.schema_headers import components
from config.web.addresses import public_url

#: What an answer of that status says, where its operation does not.
_ANSWERS = {
    "200": "Done.",
    "201": "Made.",
    "202": "Taken up.",
    "401": "The token is missing, or not valid.",
    "403": "The token does not allow this.",
    "412": "The resource is not as `If-Match` or `If-None-Match` says; nothing was changed.",
    "429": "Too many requests.",
}


def complete(result: dict[str, Any], generator: Any, **_: Any) -> dict[str, Any]:
    """The whole document, with what no single operation says."""
    own = {"url": "/", "description": "The server that this document comes from."}
    public = {"url": public_url(), "description": "Where the world reaches this installation."}
    result["servers"] = [public, own] if public_url() else [own]
    result["components"]["headers"] = components()
    _forget_unused_schemes(result)
    for operation in _operations(result):
        for status, answer in operation["responses"].items():
            if not answer.get("description"):
                phrase = HTTPStatus(int(status)).phrase
                answer["description"] = _ANSWERS.get(status, f"{phrase}.")
    return result


def _operations(result: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in result["paths"].values():
        yield from path.values()


def _forget_unused_schemes(result: dict[str, Any]) -> None:
    """Offer tokens of an identity provider only where there is one."""
    if settings.OIDC_JWKS_URL:
        return
    result["components"]["securitySchemes"].pop("oidc", None)
    for operation in _operations(result):
        if "security" in operation:
            operation["security"] = [one for one in operation["security"] if "oidc" not in one]
