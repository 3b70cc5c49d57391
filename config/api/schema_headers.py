"""The headers of answers, as the OpenAPI document names them."""

from __future__ import annotations

from typing import Any

_NUMBER = {"type": "integer", "minimum": 0}


def _header(description: str, schema: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"description": description, "schema": schema or {"type": "string"}}


#: All of them, by name.
HEADERS: dict[str, dict[str, Any]] = {
    "X-Request-ID": _header("The request's number in the server's log."),
    "RateLimit": _header("What the caller has left, where a rate is set."),
    "RateLimit-Policy": _header("How many requests in how many seconds there may be."),
    "Retry-After": _header("Seconds after which to try again.", _NUMBER),
    "WWW-Authenticate": _header("How to authenticate; what is wrong with the token, if anything."),
    "Link": _header("Other pages of the list (RFC 8288): `first`, `prev`, `next`, `last`."),
    "X-Pagination-Current-Page": _header("Which page it is, counted from 1.", _NUMBER),
    "X-Pagination-Page-Count": _header("Pages in all.", _NUMBER),
    "X-Pagination-Per-Page": _header("Rows a page.", _NUMBER),
    "X-Pagination-Total-Count": _header("Rows in all.", _NUMBER),
    "ETag": _header("Tag of what GET answers, for `If-Match` and `If-None-Match`."),
    "Location": _header("Where what was made can be read."),
    "Idempotent-Replayed": _header("`true` where it is the answer of an earlier request."),
    "Content-Disposition": _header("The file's name; it is to be saved, not shown."),
}
_ALWAYS = ("X-Request-ID", "RateLimit", "RateLimit-Policy")
_BY_STATUS = {"401": ("WWW-Authenticate",), "429": ("Retry-After",), "503": ("Retry-After",)}
_PAGES = tuple(name for name in HEADERS if name.startswith("X-Pagination-"))


def components() -> dict[str, Any]:
    """The headers as components of the document."""
    return {name: {**header} for name, header in HEADERS.items()}


def add_headers(bodies: dict[str, Any], view: Any, method: str) -> None:
    """Name, in each response of an operation, the headers that it is answered with."""
    own = _own(view, method)
    for status, body in bodies.items():
        names = [*_ALWAYS, *_BY_STATUS.get(status, ())]
        if status[0] == "2":
            names += [name for name in own if name != "Location" or status == "201"]
        elif status == "304":
            names.append("ETag")
        elif status == "409" and "Idempotent-Replayed" in own:
            names.append("Retry-After")
        body["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _own(view: Any, method: str) -> list[str]:
    """Those of what succeeds."""
    action, names = str(view.action), []
    if action in view.list_actions:
        names.append("Link")
    elif action == "index":
        names += ["Link", *(_PAGES if hasattr(view, "index_input") else ())]
    has_tag = action == view.reading_action or method == "PUT"
    if has_tag and hasattr(view, view.reading_action):
        names.append("ETag")
    if action in view.locations:
        names.append("Location")
    if method == "POST" and action in view.creating_actions:
        names.append("Idempotent-Replayed")
    if action == "download":
        names.append("Content-Disposition")
    return names
