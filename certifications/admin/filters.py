"""Filters of the list of certifications."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import MAXYEAR, UTC, date, datetime, timedelta
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from config.numbers import whole_number

#: The days ahead that coordinators look.
WINDOWS = (7, 30, 90)
EXPIRED = "expired"


class WindowFilter(SimpleListFilter):
    """By when they expire: already, within so many days, or in the week that begins on a day.

    The last one (`?window=2026-12-07`) is what the chart of the home page links to.
    """

    title = gettext_lazy("expiry")
    parameter_name = "window"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        within = [(str(days), within_days(days)) for days in WINDOWS]
        return [(EXPIRED, _("Expired")), *within]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        value, now = self.value(), timezone.now()
        if value == EXPIRED:
            return queryset.lapsed(now)
        if value and (days := whole_number(value)) is not None and days <= max(WINDOWS):
            return queryset.expiring_within(days=days, now=now)
        if value and (start := _day(value)):
            return queryset.expiring_between(start, start + timedelta(days=7), now=now)
        return queryset

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """The windows, and the week that was followed from the chart, if that is on."""
        yield from super().choices(changelist)
        value = self.value()
        if value and (start := _day(value)):
            week = _("Week from %(day)s") % {"day": date_format(start, "SHORT_DATE_FORMAT")}
            yield {"selected": True, "query_string": "?", "display": week}


class ContactFilter(SimpleListFilter):
    """By whether the mentor can be mailed."""

    title = gettext_lazy("contact")
    parameter_name = "contact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("none", _("Without an email address")), ("email", _("With an email address"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "none":
            return queryset.filter(mentor__email="")
        if self.value() == "email":
            return queryset.exclude(mentor__email="")
        return queryset


def within_days(days: int) -> str:
    return ngettext("Within %(days)d day", "Within %(days)d days", days) % {"days": days}


def _day(text: str) -> datetime | None:
    """Midnight UTC of an ISO 8601 date that a week can follow; None for anything else."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    if day.year == MAXYEAR:
        return None
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
