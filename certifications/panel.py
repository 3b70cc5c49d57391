"""Certifications on the home page: what has lapsed, what is about to, and whom nobody can reach."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from urllib.parse import urlencode

from django.db.models import Count, Value
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from certifications.models import Certification, CertificationQuerySet, CertificationStatus
from certifications.models.certification_type import start_of_day
from config.desk.paginator import capped_count
from config.desk.panels import Bar, Chart, Panel, Tile, short_day

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
            "lapsed": _lines(visible.lapsed_last(now), now),
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


def _mondays(now: datetime) -> list[datetime]:
    """The Mondays on which the weeks of the chart begin, this one's first, and the one after."""
    monday = start_of_day(now, -now.weekday())
    return [monday + timedelta(weeks=index) for index in range(WEEKS + 1)]


def _counts(visible: CertificationQuerySet, now: datetime) -> Mapping[str, int]:
    """All figures of the panel, each a range of an index.

    The time ahead is cut at every moment that matters, so that each row is counted once. What has
    expired, and whom nobody can reach, is counted as far as a list counts.
    """
    mondays = _mondays(now)
    ends = {days: now + timedelta(days=days) for days, _tone in WINDOWS}
    cuts = sorted({now, *mondays[1:], *ends.values()})
    parts = [
        visible.expiring_between(*part, now=now)
        .values(start=Value(part[0].isoformat()))
        .annotate(number=Count("*"))
        for part in pairwise(cuts)
    ]
    found = dict(parts[0].union(*parts[1:], all=True).values_list("start", "number"))

    def between(start: datetime, end: datetime) -> int:
        return sum(found.get(cut.isoformat(), 0) for cut in cuts if start <= cut < end)

    expired = visible.filter(status=CertificationStatus.EXPIRED)
    soon = visible.expiring_within(days=CONTACT_DAYS, now=now)
    return {
        "expired": capped_count(expired) + capped_count(visible.overdue(now)),
        "unreachable": capped_count(soon.filter(mentor__email="")),
        **{f"within_{days}": between(now, end) for days, end in ends.items()},
        **{f"week_{n}": between(*week) for n, week in enumerate(pairwise(mondays))},
    }


def _tiles(counts: Mapping[str, int]) -> list[Tile]:
    within = [
        Tile(
            ngettext(
                "expires within %(days)d days",
                "expire within %(days)d days",
                counts[f"within_{days}"],
            )
            % {"days": days},
            counts[f"within_{days}"],
            list_url(window=days),
            tone,
        )
        for days, tone in WINDOWS
    ]
    unreachable = Tile(
        ngettext(
            "expires within %(days)d days and has no address",
            "expire within %(days)d days and have no address",
            counts["unreachable"],
        )
        % {"days": CONTACT_DAYS},
        counts["unreachable"],
        list_url(window=CONTACT_DAYS, contact="none"),
        "urgent",
    )
    expired = Tile(
        ngettext("has expired", "have expired", counts["expired"]),
        counts["expired"],
        list_url(window="expired"),
        "urgent",
    )
    return [expired, *within, unreachable]


def _chart(counts: Mapping[str, int], now: datetime) -> Chart:
    bars = []
    for index, monday in enumerate(_mondays(now)[:WEEKS]):
        number = counts[f"week_{index}"]
        label = ngettext(
            "Week from %(day)s: %(number)d expires", "Week from %(day)s: %(number)d expire", number
        ) % {"day": date_format(monday, "DATE_FORMAT"), "number": number}
        short = short_day(monday) if index % 4 == 0 else ""
        bars.append(Bar(label, number, list_url(window=monday.date().isoformat()), short))
    return Chart(_("Expirations per week, the next 26 weeks"), bars)
