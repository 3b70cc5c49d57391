"""Certifications on the home page: what has lapsed, what is about to, and whom nobody can reach."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from certifications.models import Certification, CertificationQuerySet
from certifications.models.certification_type import start_of_day
from config.desk.panels import Bar, Chart, Panel, Tile

#: Days within which they are counted, and the urgency of each count.
WINDOWS = ((7, "urgent"), (30, "soon"), (90, "calm"))
#: Whom nobody can mail matters once something is due.
CONTACT_DAYS = 30
WEEKS = 26
LINES = 8


def list_url(**filters: object) -> str:
    """The list of certifications with these filters."""
    return f"{reverse('admin:certifications_certification_changelist')}?{urlencode(filters)}"


class CertificationsPanel(Panel):
    permission = "certifications.view_certification"
    template = "certifications/desk/panel.html"
    order = 1

    def context(self, request: HttpRequest, now: datetime) -> dict[str, object]:
        visible = Certification.objects.visible_to(request.user)
        counts = _counts(visible, now)
        soonest = visible.expiring_within(days=WINDOWS[-1][0], now=now)
        return {
            "id": "certifications",
            "title": _("Certifications"),
            "tiles": _tiles(counts),
            "soonest": _lines(soonest, now),
            "lapsed": _lines(visible.lapsed(now).order_by("-expires_at", "-id"), now),
            "chart": _chart(counts, now),
        }


def _lines(rows: CertificationQuerySet, now: datetime) -> list[dict[str, object]]:
    """The first rows with their mentors, in one query."""
    return [
        {
            "certification": row,
            "days": row.days_until_expiry(now),
            "url": reverse("admin:certifications_certification_change", args=[row.pk]),
        }
        for row in rows.select_related("mentor", "certification_type")[:LINES]
    ]


def _week(index: int, now: datetime) -> tuple[datetime, datetime]:
    """The bounds of the week that begins so many weeks after the Monday of this one."""
    monday = start_of_day(now, -now.weekday())
    return monday + timedelta(weeks=index), monday + timedelta(weeks=index + 1)


def _counts(visible: CertificationQuerySet, now: datetime) -> Mapping[str, int]:
    """All figures of the panel, each a range of an index, in two statements."""
    end = max(_week(WEEKS - 1, now)[1], now + timedelta(days=WINDOWS[-1][0]))
    ahead = visible.expiring_between(now, end, now=now)
    figures: dict[str, Count] = {
        f"within_{days}": Count("pk", filter=Q(expires_at__lte=now + timedelta(days=days)))
        for days, _tone in WINDOWS
    }
    for index in range(WEEKS):
        week_start, week_end = _week(index, now)
        figures[f"week_{index}"] = Count(
            "pk", filter=Q(expires_at__gte=week_start, expires_at__lt=week_end)
        )
    figures["unreachable"] = Count("pk", filter=Q(mentor__email=""))
    return {**ahead.aggregate(**figures), "expired": visible.lapsed(now).count()}


def _tiles(counts: Mapping[str, int]) -> list[Tile]:
    within = [
        Tile(
            ngettext("expire within %(days)d day", "expire within %(days)d days", days)
            % {"days": days},
            counts[f"within_{days}"],
            list_url(window=days),
            tone,
        )
        for days, tone in WINDOWS
    ]
    unreachable = Tile(
        _("expire within %(days)d days and have no address") % {"days": CONTACT_DAYS},
        counts["unreachable"],
        list_url(window=CONTACT_DAYS, contact="none"),
        "urgent",
    )
    expired = Tile(_("have expired"), counts["expired"], list_url(window="expired"), "urgent")
    return [expired, *within, unreachable]


def _chart(counts: Mapping[str, int], now: datetime) -> Chart:
    bars = []
    for index in range(WEEKS):
        monday = _week(index, now)[0]
        number = counts[f"week_{index}"]
        label = ngettext(
            "Week from %(day)s: %(number)d expires", "Week from %(day)s: %(number)d expire", number
        ) % {"day": date_format(monday, "DATE_FORMAT"), "number": number}
        short = date_format(monday, "j. b") if index % 4 == 0 else ""
        bars.append(Bar(label, number, list_url(window=monday.date().isoformat()), short))
    return Chart(_("Expirations per week, the next 26 weeks"), bars)
