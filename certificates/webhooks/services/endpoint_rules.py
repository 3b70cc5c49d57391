"""What an endpoint may look like; every fault is found, not only the first."""

from __future__ import annotations

import re
from collections.abc import Iterator

from certificates.webhooks.models import SUBSCRIBABLE, WebhookEndpoint
from config.errors import Fault, InvalidError
from config.masking import MASK
from config.outbound.targets import TargetRefused, parse_url

MAX_NAME_LENGTH = 200
MAX_HEADERS = 20
MAX_HEADER_LENGTH = 1000

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")  # RFC 9110 section 5.6.2
_PRINTABLE = re.compile(r"[!-~]([ -~]*[!-~])?")
#: Ours, those of the connection (RFC 9110 section 7.6.1), and those that frame the message.
_RESERVED_HEADERS = {
    "accept-encoding",
    "connection",
    "cookie",
    "expect",
    "forwarded",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "x-event",
    "x-sequence",
}
_RESERVED_PREFIXES = ("content-", "webhook-")


def check_endpoint(endpoint: WebhookEndpoint) -> None:
    """`InvalidError` with all faults of the endpoint's fields."""
    faults = [
        *_name_faults(endpoint.name),
        *_url_faults(endpoint.url),
        *_event_faults(endpoint.events),
        *_header_faults(endpoint.headers),
    ]
    if faults:
        raise InvalidError(*faults)


def _name_faults(name: str) -> Iterator[Fault]:
    if not name.strip():
        yield Fault("#/name", "blank", "An endpoint needs a name.")
    elif len(name) > MAX_NAME_LENGTH or "\0" in name:
        yield Fault("#/name", "invalid", f"A name has at most {MAX_NAME_LENGTH} characters.")


def _url_faults(url: str) -> Iterator[Fault]:
    try:
        parse_url(url)
    except TargetRefused as refused:
        yield Fault("#/url", "invalid", str(refused))


def _event_faults(events: object) -> Iterator[Fault]:
    if not isinstance(events, list | tuple) or not events:
        yield Fault("#/events", "invalid", "Name at least one type of event, in a list.")
        return
    for position, event in enumerate(events):
        if event not in SUBSCRIBABLE:
            known = ", ".join(SUBSCRIBABLE)
            yield Fault(f"#/events/{position}", "unknown", f"There is {known}; no {event!r}.")
        elif event in events[:position]:
            yield Fault(f"#/events/{position}", "duplicate", f"{event} is in the list twice.")


def _header_faults(headers: object) -> Iterator[Fault]:
    if not isinstance(headers, dict):
        yield Fault("#/headers", "invalid", "Headers are an object of names and values.")
        return
    if len(headers) > MAX_HEADERS:
        yield Fault("#/headers", "too_many", f"At most {MAX_HEADERS} headers can be added.")
    names: set[str] = set()
    for name, value in headers.items():
        detail = _objection_to_header(name, value)
        if str(name).lower() in names:
            detail = "This header is there twice."
        names.add(str(name).lower())
        if detail:
            yield Fault(f"#/headers/{_escaped(name)}", "invalid", detail)


def _objection_to_header(name: object, value: object) -> str:
    """What is wrong with the header, empty if nothing is; values are never repeated in it."""
    if not isinstance(name, str) or not _TOKEN.fullmatch(name):
        return "This is not a header's name."
    if name.lower() in _RESERVED_HEADERS or name.lower().startswith(_RESERVED_PREFIXES):
        return "This header is set by Certkeep."
    if not isinstance(value, str) or len(value) > MAX_HEADER_LENGTH:
        return f"A value is a text of at most {MAX_HEADER_LENGTH} characters."
    if value == MASK:
        return "This stands for a value that is kept, and there is none; give the value itself."
    if value and not _PRINTABLE.fullmatch(value):
        return "A value has printable ASCII characters only, and no space around it."
    return ""


def _escaped(name: object) -> str:
    """The name within a JSON pointer (RFC 6901 section 3)."""
    return str(name).replace("~", "~0").replace("/", "~1")
