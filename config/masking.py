"""Masks: what stands in place of a credential where it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

MASK = "********"


def masked_values(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers with their names, as their values may be credentials."""
    return dict.fromkeys(headers, MASK)


def unmasked_values(given: Mapping[str, str], stored: Mapping[str, str]) -> dict[str, str]:
    """The given headers with the stored value for each mask that was sent back as it was read."""
    kept = {name.lower(): value for name, value in stored.items()}
    return {
        name: kept.get(name.lower(), value) if value == MASK else value
        for name, value in given.items()
    }


def masked_query(url: str) -> str:
    """The URL without what its query, or a user name in it, may give away."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    netloc = f"{MASK}@{host}" if "@" in parts.netloc else host
    return urlunsplit(parts._replace(netloc=netloc, query=MASK if parts.query else ""))


def masked_path(url: str) -> str:
    """Scheme and host of the URL alone: whoever knows the rest may use it."""
    if not url:
        return ""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, f"/{MASK}", "", ""))
