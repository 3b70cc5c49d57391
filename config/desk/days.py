"""Days for people: an expiry of a whole day is that day, wherever its reader lives."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.utils import timezone
from django.utils.formats import date_format
from unfold.widgets import UnfoldAdminDateWidget

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


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


def day_column(name: str, label: StrPromise | str) -> Callable[[Any], str]:
    """A column for lists, and for rows that are only read, of the day in the field `name`."""

    @admin.display(description=label, ordering=name)
    def show(row: Any) -> str:
        return shown_day(getattr(row, name))

    show.__name__ = f"{name}_day"
    return show


class DayWidget(UnfoldAdminDateWidget):
    """The input of a day. Of a row that may not be changed, pages show the day and no input.

    The admin hands a widget that is `read_only` what is stored, which is a moment; forms hand it
    the day.
    """

    read_only = True

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> Any:
        if isinstance(value, datetime):
            return shown_day(value)
        return super().render(name, value, attrs, renderer)
