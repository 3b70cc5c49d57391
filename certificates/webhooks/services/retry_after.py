"""How long a receiver asks to be left alone: its Retry-After as a length of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

#: A receiver's Retry-After is followed up to this.
MAX_RETRY_AFTER = timedelta(days=1)


def parse_retry_after(text: str, *, now: datetime) -> timedelta:
    """The wait that is asked for in seconds or as a date (RFC 9110 section 10.2.3).

    Between zero and `MAX_RETRY_AFTER`; zero for what is neither a number nor a date.
    """
    text = text.strip()
    if text.isascii() and text.isdigit():
        # Nine digits are far more than a day, and `int` takes no more than 4300.
        wait = timedelta(seconds=int(text.lstrip("0")[:9] or "0"))
    else:
        wait = _time_until(text, now)
    return min(max(wait, timedelta(0)), MAX_RETRY_AFTER)


def _time_until(text: str, now: datetime) -> timedelta:
    """The time from `now` until the HTTP-date; zero where it is none."""
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        # It documents ValueError alone; a year or zone of twenty digits is an OverflowError.
        return timedelta(0)
    # A date without a zone is UTC, as every HTTP-date is.
    return (date if date.tzinfo else date.replace(tzinfo=UTC)) - now
