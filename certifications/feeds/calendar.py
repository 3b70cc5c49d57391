"""What a calendar shows: a day for each certification that expires."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from certifications.models import Certification, CertificationStatus
from config.rights import Account

#: Days of the past and the future that are shown, and events at most: calendars read all at once.
PAST_DAYS = 30
FUTURE_DAYS = 365
MOST_EVENTS = 5_000
REFRESH = timedelta(hours=6)


def expirations_calendar(account: Account, now: datetime) -> bytes:
    """The certifications that the account may see, as all-day events on their day of expiry (UTC).

    Suspended and revoked ones are left out: nobody can keep those from lapsing.
    """
    calendar = Calendar()
    calendar.add("PRODID", "-//Certkeep//Expirations//EN")
    calendar.add("VERSION", "2.0")
    calendar.add("NAME", _("Expiring certifications"))
    calendar.add("X-WR-CALNAME", _("Expiring certifications"))
    # How often to read it again: RFC 7986 section 5.7, and what was used before.
    calendar.add("REFRESH-INTERVAL", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("X-PUBLISHED-TTL", "PT6H")
    rows = (
        Certification.objects.visible_to(account)
        .filter(
            status__in=[CertificationStatus.ACTIVE, CertificationStatus.EXPIRED],
            expires_at__gte=now - timedelta(days=PAST_DAYS),
            expires_at__lt=now + timedelta(days=FUTURE_DAYS),
        )
        .select_related("mentor", "certification_type")
        .order_by("expires_at", "id")
    )
    for certification in rows[:MOST_EVENTS]:
        calendar.add_component(_event(certification))
    content: bytes = calendar.to_ical()
    return content


def _event(certification: Certification) -> Event:
    day = certification.expires_at.astimezone(UTC).date()
    summary = _("%(certification)s of %(mentor)s expires") % {
        "certification": certification.certification_type,
        "mentor": certification.mentor,
    }
    event = Event()
    # The same certification stays the same event: a renewal moves it.
    event.add("UID", f"certification-{certification.pk}@certkeep")
    event.add("DTSTAMP", certification.updated_at)
    event.add("LAST-MODIFIED", certification.updated_at)
    event.add("DTSTART", day)
    event.add("DTEND", day + timedelta(days=1))
    event.add("SUMMARY", summary)
    event.add("TRANSP", "TRANSPARENT")
    if settings.PUBLIC_URL:
        page = reverse("admin:certifications_certification_change", args=[certification.pk])
        event.add("URL", settings.PUBLIC_URL + page)
    return event
