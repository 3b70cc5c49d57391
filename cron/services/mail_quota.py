"""How many reminders a person gets a day (`MAILS_PER_RECIPIENT_PER_DAY`), over all runs together.

Whoever can record certifications decides how many mails their mentor gets: with an open API that is
anybody. Each mail is one conditional UPDATE on the row of its address and day (UTC): whoever
changed it may hand the mail over.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.crypto import salted_hmac

from cron.models import MailQuota

#: How long the figures of a day are kept.
KEPT = timedelta(days=2)


@transaction.atomic
def acquire(recipients: Sequence[str], now: datetime) -> bool:
    """Whether one more mail may go to all of them today; it is counted as gone then."""
    limit = settings.MAILS_PER_RECIPIENT_PER_DAY
    if not limit:
        return True
    for recipient in sorted(set(recipients)):
        rows = _rows(recipient, now)
        if rows.filter(mails__lt=limit).update(mails=F("mails") + 1):
            continue
        _, is_new = MailQuota.objects.get_or_create(day=_day(now), recipient_hash=_hash(recipient))
        if is_new:
            MailQuota.objects.filter(day__lt=_day(now - KEPT)).delete()
        if not rows.filter(mails__lt=limit).update(mails=F("mails") + 1):
            transaction.set_rollback(True)
            return False
    return True


def give_back(recipients: Sequence[str], now: datetime) -> None:
    """Count a mail as not gone, which the server did not take."""
    if settings.MAILS_PER_RECIPIENT_PER_DAY:
        for recipient in sorted(set(recipients)):
            _rows(recipient, now).filter(mails__gt=0).update(mails=F("mails") - 1)


def forget(recipients: Iterable[str]) -> None:
    """Delete what is counted for these addresses, of whatever day."""
    MailQuota.objects.filter(recipient_hash__in=set(map(_hash, recipients))).delete()


def _rows(recipient: str, now: datetime) -> QuerySet[MailQuota]:
    return MailQuota.objects.filter(day=_day(now), recipient_hash=_hash(recipient))


def _day(now: datetime) -> date:
    return now.astimezone(UTC).date()


def _hash(recipient: str) -> str:
    """What an address is counted by; only who has the secret key can tell whose it is."""
    digest = salted_hmac("cron.mail_quota", recipient.strip().lower(), algorithm="sha256")
    return str(digest.hexdigest())
