"""What a run mails: the reminders of every kind, then the digests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from functools import partial
from typing import Any, Generic, TypeVar

from django.core.mail import EmailMultiAlternatives
from django.db import models

from config.mail import compose_mail
from cron.expiring import (
    ExpiringKind,
    ExpiryReminder,
    ReminderMail,
    Superseded,
    kinds,
)
from cron.models import CoordinatorDigest, Delivery, DeliveryQuerySet
from cron.services.digests import compose_digest

D = TypeVar("D", bound=Delivery)
T = TypeVar("T", bound=models.Model)
R = TypeVar("R", bound=ExpiryReminder)


@dataclass(frozen=True)
class Mailing(Generic[D]):
    """The rows of one sort of mail, read with what a mail tells of, and how it is composed.

    It serves one batch. `compose` makes the mail as it is at a moment and raises `Superseded` or
    `NoAddress`. Where it `is_capped`, each recipient gets so many a day.
    """

    rows: DeliveryQuerySet[D]
    compose: Callable[[D, datetime], EmailMultiAlternatives]
    is_capped: bool = False


def mailings(zone: tzinfo) -> Iterator[Mailing[Any]]:
    """All that there are, in the order in which a run sends them; `zone` is that of its days."""
    for kind in kinds():
        rows = kind.reminder.objects.select_related(kind.subject, "run", *kind.related)
        compose = partial(_compose_on_its_day, kind.for_batch(), zone)
        yield Mailing(rows, compose, kind.is_capped)
    digests = CoordinatorDigest.objects.select_related("coordinator__organisation", "run")
    yield Mailing(digests, lambda digest, now: compose_digest(digest))


def _compose_on_its_day(
    kind: ExpiringKind[T, R], zone: tzinfo, reminder: R, now: datetime
) -> EmailMultiAlternatives:
    return compose_reminder(kind, reminder, today=now.astimezone(zone).date())


def mail_of(kind: ExpiringKind[T, R], reminder: R, *, today: date) -> ReminderMail:
    """What a reminder that goes out `today` says.

    `Superseded` where that is no longer so: the thing expires on another day, the stage is not the
    one that is due, or somebody wants no mail. `NoAddress` where nobody can be reached.
    """
    if reminder.is_outdated or kind.is_kept_back(reminder, today):
        raise Superseded
    if reminder.is_at_a_stage:
        policy = kind.policy_of(getattr(reminder, kind.subject))
        if policy is None or policy.stage_at(reminder.days_left(today)) != reminder.stage:
            raise Superseded
    return kind.mail(reminder)


def compose_reminder(
    kind: ExpiringKind[T, R], reminder: R, *, today: date
) -> EmailMultiAlternatives:
    """The mail of a reminder as it goes out `today`; errors as of `mail_of`."""
    mail = mail_of(kind, reminder, today=today)
    days = reminder.days_left(today)
    context = {**mail.context, "days": days, "is_expired": days < 0}
    return compose_mail(
        mail.template,
        context,
        recipients=mail.recipients,
        language=mail.language,
        message_id_local=reminder.message_id_local,
    )
