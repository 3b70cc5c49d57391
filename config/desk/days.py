"""Days for people: an expiry of a whole day is that day, wherever its reader lives."""

from __future__ import annotations

from datetime import UTC, datetime

from django.utils import timezone
from django.utils.formats import date_format


def is_whole_day(moment: datetime) -> bool:
    """Whether it stands for a day: midnight UTC is how contracts and tables write one."""
    utc = moment.astimezone(UTC)
    return (utc.hour, utc.minute, utc.second, utc.microsecond) == (0, 0, 0, 0)


def shown_day(moment: datetime | None, *, short: bool = False) -> str:
    """The day in UTC; of any other moment day and time in the page's zone. Empty for None."""
    if moment is None:
        return ""
    prefix = "SHORT_" if short else ""
    if is_whole_day(moment):
        return date_format(moment.astimezone(UTC).date(), f"{prefix}DATE_FORMAT")
    return date_format(timezone.localtime(moment), f"{prefix}DATETIME_FORMAT")
