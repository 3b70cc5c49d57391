"""Making, reading and ending the address of an account's calendar."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.db.models.signals import pre_save
from django.dispatch import receiver
from django.utils import timezone

from certifications.models import CalendarFeed
from config.audit.recording import TOKEN_NAME_LENGTH, current_request, note_use, record_by
from config.models import AuditEvent
from config.rights import may_enter

#: Calendars ask every few minutes; that they do is worth one write an hour.
READ_EVERY = timedelta(hours=1)
#: What it takes to read a calendar, each time anew.
SEES = "certifications.view_certification"


@transaction.atomic
def make_feed(*, account: User, now: datetime) -> str:
    """Give the account a new address and end its old one; returns the token, kept nowhere."""
    token = secrets.token_urlsafe(32)
    CalendarFeed.objects.update_or_create(
        account=account,
        defaults={"token_hash": _hash(token), "created_at": now, "read_at": None},
    )
    _record(AuditEvent.TOKEN_CREATED, account, now)
    return token


@transaction.atomic
def revoke_feed(*, account: User, now: datetime) -> None:
    """End the account's address, if it has one."""
    if CalendarFeed.objects.filter(account=account).delete()[0]:
        _record(AuditEvent.TOKEN_REVOKED, account, now)


@receiver(pre_save, sender=User)
def _end_with_password(
    instance: User, update_fields: Collection[str] | None = None, **_: Any
) -> None:
    """End the address of an account that gets another password: it may have been found out.

    A password that is merely hashed anew at login, by a stronger hasher, stays what it was.
    """
    if instance.pk is None or not (update_fields is None or "password" in update_fields):
        return
    is_given = getattr(instance, "_password", None) is not None
    is_chosen = is_given or not instance.has_usable_password()
    before = User.objects.filter(pk=instance.pk).exclude(password=instance.password)
    if is_chosen and before.exists():
        revoke_feed(account=instance, now=timezone.now())


def account_of_feed(*, token: str, address: str | None, now: datetime) -> User | None:
    """Whose calendar the token opens for whoever asks from `address`.

    None for a token that is unknown, revoked, or of somebody who may no longer enter the admin or
    see certifications there.
    """
    feed = CalendarFeed.objects.select_related("account").filter(token_hash=_hash(token)).first()
    if feed is None or not (may_enter(feed.account) and feed.account.has_perm(SEES)):
        return None
    stale = Q(read_at__isnull=True) | Q(read_at__lt=now - READ_EVERY)
    CalendarFeed.objects.filter(stale, pk=feed.pk).update(read_at=now)
    name = f"calendar {feed.token_hash[:TOKEN_NAME_LENGTH]}"
    note_use(account=feed.account.get_username(), token=name, address=address, now=now)
    return feed.account


def _record(event: AuditEvent, account: User, now: datetime) -> None:
    subject = f"calendar of {account.get_username()}"
    record_by(current_request(), event, now=now, subject=subject)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
