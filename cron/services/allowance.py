"""How many mails may go out a minute (`REMINDERS_PER_MINUTE`), over all workers together.

The minutes are those of the clock. Each mail is one conditional UPDATE on the row of its minute:
whoever changed it may hand the mail over.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F

from cron.models import MailMinute

#: How long the figures of a minute are kept.
KEPT = timedelta(days=1)


def take_one(now: datetime) -> bool:
    """Whether one more mail may go out in this minute; it is counted as gone then."""
    limit = settings.REMINDERS_PER_MINUTE
    if not limit:
        return True
    minute = _minute(now)
    room = MailMinute.objects.filter(begins_at=minute, mails__lt=limit)
    if room.update(mails=F("mails") + 1):
        return True
    _, is_new = MailMinute.objects.get_or_create(begins_at=minute)
    if is_new:
        MailMinute.objects.filter(begins_at__lt=minute - KEPT).delete()
    return bool(room.update(mails=F("mails") + 1))


def opens_at(now: datetime) -> datetime:
    """When the next mail may go out: `now`, or the beginning of the next minute."""
    limit = settings.REMINDERS_PER_MINUTE
    minute = _minute(now)
    if not limit or not MailMinute.objects.filter(begins_at=minute, mails__gte=limit).exists():
        return now
    return minute + timedelta(minutes=1)


def _minute(now: datetime) -> datetime:
    return now.replace(second=0, microsecond=0)
