"""The stages of a certification's reminders as days of the calendar.

`cron.services.due` says the same to the database, for all certifications at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from certifications.models import EXPIRED_STAGE, Certification
from cron.models import day_of


@dataclass(frozen=True)
class Stage:
    """The stage of `days` before expiry is due from the day `begins` to before `ends`."""

    days: int
    begins: date
    ends: date


def stages_of(certification: Certification) -> list[Stage]:
    """The stages of its type, the earliest first; the notice after expiry comes last."""
    kind = certification.certification_type
    expiry = day_of(certification.expires_at)
    days = sorted(kind.reminder_stages, reverse=True)
    if kind.expired_notice_days:
        days.append(EXPIRED_STAGE)
    begins = [days_after(expiry, -stage) for stage in days]
    over = days_after(expiry, 1 + kind.expired_notice_days)
    return [
        Stage(stage, start, end)
        for stage, start, end in zip(days, begins, [*begins[1:], over], strict=True)
    ]


def days_after(day: date, days: int) -> date:
    """The day that many days after `day`, or the calendar's first or last where it has no such."""
    ordinal = day.toordinal() + days
    return date.fromordinal(min(max(ordinal, date.min.toordinal()), date.max.toordinal()))
