"""What of runs and their mails may go once it is old."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any

from django.db.models import DateTimeField, Exists, F, OuterRef, Q, QuerySet

from config import retention
from config.retention import Prunable
from cron.expiring import ExpiringKind, ReminderQuerySet, kinds
from cron.models import (
    CoordinatorDigest,
    DeliveryState,
    ExpiryCheckRun,
    PastReminder,
    RefusedMailbox,
    ReminderSnooze,
    RunStatus,
)

SETTING = "KEEP_RUNS_DAYS"


def register() -> None:
    """Have runs, their mails and the history of snoozes pruned."""
    retention.register(_prunables)
    retention.register_history(ReminderSnooze)


def _prunables() -> Iterator[Prunable]:
    """Mails, then runs: a run goes once it has no mail left."""
    for kind in kinds():
        name = kind.reminder._meta.label_lower
        spent = partial(_spent_reminders, kind)
        yield Prunable(name, SETTING, kind.reminder, "next_attempt_at", spent)
        if kind.past is not None:
            past = kind.past._meta.label_lower
            yield Prunable(past, SETTING, kind.past, "deleted_at", partial(_past, kind.past))
    yield Prunable("digests", SETTING, CoordinatorDigest, "next_attempt_at", _told_digests)
    yield Prunable(
        "refused mailboxes",
        SETTING,
        RefusedMailbox,
        "refused_at",
        lambda before: RefusedMailbox.objects.all(),
    )
    yield Prunable("runs", SETTING, ExpiryCheckRun, "started_at", _spent_runs)


def _spent_reminders(kind: ExpiringKind[Any, Any], before: datetime) -> ReminderQuerySet[Any]:
    """Reminders of a day that is the thing's expiry no more, and too long past to become it again.

    While it stands, the row is what keeps a second mail from going out.
    """
    expiry = kind.reminder._meta.get_field(kind.expiry)
    bound = before if isinstance(expiry, DateTimeField) else before.date()
    rows: ReminderQuerySet[Any] = kind.reminder.objects.exclude(run__status=RunStatus.RUNNING)
    present = kind.reminder.day_of_expiry(F(f"{kind.subject}__{kind.expiry}"))
    is_present = Q(present=kind.reminder.day_of_expiry(F(kind.expiry)))
    return rows.alias(present=present).filter(
        Q(present__isnull=True) | ~is_present, **{f"{kind.expiry}__lt": bound}
    )


def _past(model: type[PastReminder], before: datetime) -> QuerySet[PastReminder]:
    """What is remembered of expiries that are too long past to be entered again."""
    return model._default_manager.filter(expired_on__lt=before.date())


def _told_digests(before: datetime) -> QuerySet[CoordinatorDigest]:
    """Digests after which the coordinator got another: the next one begins where that one ended."""
    later = CoordinatorDigest.objects.filter(
        coordinator=OuterRef("coordinator"),
        state=DeliveryState.SENT,
        covers_until__gt=OuterRef("covers_until"),
    )
    return CoordinatorDigest.objects.settled().filter(Exists(later))


def _spent_runs(before: datetime) -> QuerySet[ExpiryCheckRun]:
    """Runs that are over and have no mail that stays.

    A job keeps the run of its latest slot, without which past slots would be owed again, and its
    latest run that was not a dry one, which is its `last_run_at`.
    """
    others = ExpiryCheckRun.objects.filter(job=OuterRef("job"))
    later_slot = others.filter(slot__gt=OuterRef("slot"))
    later_run = others.filter(dry_run=False, started_at__gt=OuterRef("started_at"))
    rows = ExpiryCheckRun.objects.exclude(status=RunStatus.RUNNING).filter(
        Q(job=None) | Q(slot=None) | Exists(later_slot),
        Q(job=None) | Q(dry_run=True) | Exists(later_run),
    )
    mails = [kind.reminder.objects.all() for kind in kinds()]
    for mail in (*mails, CoordinatorDigest.objects.all()):
        rows = rows.filter(~Exists(mail.filter(run=OuterRef("pk"))))
    return rows
