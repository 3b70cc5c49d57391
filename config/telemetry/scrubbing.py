"""What of an event Sentry may get: lists of what is let through, all else stays here.

Neither addresses nor query strings, headers, bodies, arguments, local variables or messages of
exceptions: each may quote a token, a name or a row. The log has them, under the same request id.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sentry_sdk.types import Event, Hint

EVENT = (
    "environment",
    "event_id",
    "fingerprint",
    "level",
    "logger",
    "modules",
    "platform",
    "release",
    "sdk",
    "server_name",
    "start_timestamp",
    "timestamp",
    "type",
)
EXCEPTION = ("module", "stacktrace", "thread_id", "type")
SPAN = (
    "description",
    "op",
    "parent_span_id",
    "span_id",
    "start_timestamp",
    "status",
    "timestamp",
    "trace_id",
)
TRACE = ("op", "parent_span_id", "span_id", "status", "trace_id")
TAGS = ("celery_task_id", "http.status_code")


def scrubbed(event: Event, hint: Hint) -> Event:
    """Sentry's `before_send`: a new event of what may leave."""
    given: Mapping[str, Any] = event
    kept: Any = {
        **_only(EVENT, given),
        "tags": {**_only(TAGS, given.get("tags", {})), **_request_id(given)},
        "contexts": _contexts(given.get("contexts", {})),
        **_transaction(given),
    }
    if values := given.get("exception", {}).get("values"):
        kept["exception"] = {"values": [_exception(value) for value in values]}
    if record := hint.get("log_record"):
        kept["logentry"] = {"message": _event_name(record.msg)}
    if "spans" in given:
        kept["spans"] = [_only(SPAN, span) for span in given["spans"]]
    return kept  # type: ignore[no-any-return]


def _only(names: Iterable[str], given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: given[name] for name in names if name in given}


def _request_id(event: Mapping[str, Any]) -> dict[str, str]:
    """The id under which the log tells the rest."""
    headers = event.get("request", {}).get("headers", {})
    found = next((value for name, value in headers.items() if name.lower() == "x-request-id"), None)
    return {"request_id": found} if found else {}


def _transaction(event: Mapping[str, Any]) -> dict[str, Any]:
    """The route or the task; an address that belongs to no route may be anything."""
    if event.get("transaction_info", {}).get("source") == "url":
        return {}
    return _only(("transaction", "transaction_info"), event)


def _exception(value: Mapping[str, Any]) -> dict[str, Any]:
    mechanism = _only(("handled", "type"), value.get("mechanism") or {})
    return {**_only(EXCEPTION, value), **({"mechanism": mechanism} if mechanism else {})}


def _contexts(contexts: Mapping[str, Any]) -> dict[str, Any]:
    kept = _only(("runtime",), contexts)
    if trace := contexts.get("trace"):
        kept["trace"] = _only(TRACE, trace)
    return kept


def _event_name(message: object) -> str:
    """The name of a structured line, or a text before its values were put in."""
    return str(message["event"]) if isinstance(message, dict) else str(message)
