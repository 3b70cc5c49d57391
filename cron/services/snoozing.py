"""Keeping the reminders of a certification back until a day."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction

from certifications.models import Certification
from config.errors import InvalidError
from cron.models import ReminderSnooze
from cron.services.zones import in_zone_of_checks

#: Nobody forgets a certification for longer.
LONGEST = timedelta(days=366)
REASON_LENGTH = 200


@transaction.atomic
def snooze_reminders(
    *,
    certification: Certification,
    until: date,
    reason: str,
    account: User | None,
    now: datetime,
) -> ReminderSnooze:
    """Send no reminder of the certification's present expiry before the day `until`.

    A snooze that stands is replaced. `InvalidError` for a day that is not after today or more than
    366 days away, and for a reason that is empty or over 200 characters.
    """
    today = in_zone_of_checks(now).date()
    if not today < until <= today + LONGEST:
        raise InvalidError.of_field(
            "until", f"Give a day after today, at most {LONGEST.days} days away.", code="until"
        )
    if not 0 < len(reason.strip()) <= REASON_LENGTH:
        raise InvalidError.of_field(
            "reason", f"Give a reason of 1 to {REASON_LENGTH} characters.", code="reason"
        )
    snooze, _ = ReminderSnooze.objects.update_or_create(
        certification=certification,
        defaults={
            "expires_at": certification.expires_at,
            "until": until,
            "reason": reason.strip(),
            "snoozed_by": account,
            "created_at": now,
        },
    )
    return snooze


def end_snooze(*, certification: Certification) -> bool:
    """Let reminders go out again; returns whether a snooze stood."""
    snooze = ReminderSnooze.objects.filter(certification=certification).first()
    if snooze is None:
        return False
    snooze.delete()
    return True
