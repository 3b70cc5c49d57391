"""The time zone that pages for people show: that of the browser, which says it in a cookie."""

from __future__ import annotations

from collections.abc import Callable
from datetime import MAXYEAR, MINYEAR, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

COOKIE = "timezone"
#: The APIs speak UTC whatever a browser says.
PREFIX = "/admin/"

_ZONES = frozenset(available_timezones())


class DeskZone(ZoneInfo):
    """A zone for pages. The calendar's first and last year are in UTC there.

    Their ends have no local time in most zones, and Django would fail on them; 9999-12-31 is what
    many systems write for "never".
    """

    def utcoffset(self, dt: datetime | None, /) -> timedelta | None:
        return timedelta() if _is_at_an_end(dt) else super().utcoffset(dt)

    def fromutc(self, dt: datetime, /) -> datetime:
        return dt if _is_at_an_end(dt) else super().fromutc(dt)


def _is_at_an_end(moment: datetime | None) -> bool:
    return moment is not None and moment.year in (MINYEAR, MAXYEAR)


class TimeZoneMiddleware:
    """Shows the pages of the admin in the zone of `COOKIE`, in UTC without a sound one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        name = request.COOKIES.get(COOKIE, "")
        if not request.path.startswith(PREFIX) or name not in _ZONES:
            return self.get_response(request)
        with timezone.override(DeskZone(name)):
            return self.get_response(request)


def zone_note(request: HttpRequest) -> str:
    """What every page says of its times."""
    return _("Times: %(zone)s") % {"zone": timezone.get_current_timezone_name()}
