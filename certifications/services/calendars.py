"""Making, reading and ending the address of an account's calendar."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q

from certifications.models import CalendarFeed
from config.rights import may_enter

#: Calendars ask every few minutes; that they do is worth one write an hour.
READ_EVERY = timedelta(hours=1)


@transaction.atomic
def make_feed(*, account: User, now: datetime) -> str:
    """Give the account a new address and end its old one; returns the token, kept nowhere."""
    token = secrets.token_urlsafe(32)
    CalendarFeed.objects.update_or_create(
        account=account,
        defaults={"token_hash": _hash(token), "created_at": now, "read_at": None},
    )
    return token


def revoke_feed(*, account: User) -> None:
    """End the account's address, if it has one."""
    CalendarFeed.objects.filter(account=account).delete()


def account_of_feed(*, token: str, now: datetime) -> User | None:
    """Whose calendar the token opens; None for one that is unknown, revoked, or of somebody who
    may no longer enter the admin."""
    feed = CalendarFeed.objects.select_related("account").filter(token_hash=_hash(token)).first()
    if feed is None or not may_enter(feed.account):
        return None
    stale = Q(read_at__isnull=True) | Q(read_at__lt=now - READ_EVERY)
    CalendarFeed.objects.filter(stale, pk=feed.pk).update(read_at=now)
    return feed.account


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
