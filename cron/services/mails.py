"""What a run mails: the reminders of every kind, then the digests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from django.core.mail import EmailMultiAlternatives
from django.db import models

from config.mail import compose_mail
from cron.expiring import EXPIRED_STAGE, ExpiringKind, ExpiryReminder, Superseded, kinds
from cron.models import CoordinatorDigest, Delivery, DeliveryQuerySet
from cron.services.digests import compose_digest

D = TypeVar("D", bound=Delivery)
T = TypeVar("T", bound=models.Model)
R = TypeVar("R", bound=ExpiryReminder)


@dataclass(frozen=True)
class Mailing(Generic[D]):
    """The rows of one sort of mail, read with what a mail tells of, and how it is composed.

    It serves one batch. `compose` raises `Superseded` or `NoAddress`. Where it `is_capped`, each
    recipient gets so many a day.
    """

    rows: DeliveryQuerySet[D]
    compose: Callable[[D], EmailMultiAlternatives]
    is_capped: bool = False


def mailings() -> Iterator[Mailing[Any]]:
    """All that there are, in the order in which a run sends them."""
    for kind in kinds():
        rows = kind.reminder.objects.select_related(kind.subject, "run", *kind.related)
        yield Mailing(rows, partial(compose_reminder, kind.for_batch()), kind.is_capped)
    digests = CoordinatorDigest.objects.select_related("coordinator__organisation", "run")
    yield Mailing(digests, compose_digest)


def compose_reminder(kind: ExpiringKind[T, R], reminder: R) -> EmailMultiAlternatives:
    """The mail of a reminder. `Superseded`, or `NoAddress` where nobody can be reached."""
    if reminder.is_outdated:
        raise Superseded
    mail = kind.mail(reminder)
    context = {
        **mail.context,
        "days": reminder.days_left,
        "is_expired": reminder.stage == EXPIRED_STAGE,
    }
    return compose_mail(
        mail.template,
        context,
        recipients=mail.recipients,
        language=mail.language,
        message_id_local=reminder.message_id_local,
    )
