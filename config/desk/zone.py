"""The time zone that pages for people show: that of the browser, which says it in a cookie."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo, available_timezones

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

COOKIE = "timezone"
#: The APIs speak UTC whatever a browser says.
PREFIX = "/admin/"

_ZONES = frozenset(available_timezones())


class TimeZoneMiddleware:
    """Shows the pages of the admin in the zone of `COOKIE`, in UTC without a sound one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        name = request.COOKIES.get(COOKIE, "")
        if not request.path.startswith(PREFIX) or name not in _ZONES:
            return self.get_response(request)
        with timezone.override(ZoneInfo(name)):
            return self.get_response(request)


def zone_note(request: HttpRequest) -> str:
    """What every page says of its times."""
    return _("Times: %(zone)s") % {"zone": timezone.get_current_timezone_name()}
