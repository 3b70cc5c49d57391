"""Planning a run in sets: what has expired, what is taken over, which reminders are new."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils import timezone

from config.db import insert_from_select
from cron.expiring import ExpiryReminder, kinds
from cron.models import DeliveryState, ExpiryCheckRun, ReminderQuerySet, RunStatus
from cron.services.checked import mentors_checked
from cron.services.due import Due, all_due, reminders_of
from cron.services.new_rows import DELIVERY_COLUMNS, new_delivery
from cron.services.zones import zone_of

R = TypeVar("R", bound=ExpiryReminder)

#: Rows that one statement looks at.
PLAN_BATCH = 20_000
EXPIRE_BATCH = 5_000


def plan_run(run: ExpiryCheckRun, *, now: datetime) -> None:
    """Expire what is overdue, take over what earlier runs left, write what is due.

    What has expired is stored as changed at `now`, which becomes the run's `planned_at`:
    `count_mentors` knows it by that.
    """
    expired = _expire_overdue(run, now)
    due = all_due(now.astimezone(zone_of(run)))
    _take_over(run, due, now)
    for part in due:
        for rows in part.batches(PLAN_BATCH):
            _insert_reminders(run, part, rows)
            _sign_of_life(run)
    ExpiryCheckRun.objects.filter(pk=run.pk).update(
        certifications_expired=expired,
        reminders_due=sum(rows.unsettled().count() for rows in reminders_of(run)),
        planned_at=now,
    )


def preview_run(run: ExpiryCheckRun, *, now: datetime) -> None:
    """Count what `plan_run` would find, and change nothing but the run's figures."""
    due = sum(
        part.unplanned(part.covered()).count() + part.left_over().count()
        for part in all_due(now.astimezone(zone_of(run)))
    )
    ExpiryCheckRun.objects.filter(pk=run.pk).update(
        mentors_checked=mentors_checked(),
        certifications_expired=sum(kind.overdue(now) for kind in kinds()),
        reminders_due=due,
        planned_at=now,
    )


def _expire_overdue(run: ExpiryCheckRun, now: datetime) -> int:
    """Have every kind store what has expired, batch by batch; returns how many did."""
    expired = 0
    for kind in kinds():
        while changed := kind.expire_overdue(
            now=now, limit=EXPIRE_BATCH, reason=f"Expiry check {run.public_id}"
        ):
            expired += changed
            _sign_of_life(run)
    return expired


@transaction.atomic
def _take_over(run: ExpiryCheckRun, due: list[Due], now: datetime) -> None:
    """Of what earlier runs left unsent, take over what is due today; the rest is superseded."""
    for part in due:
        take_over(part.left_over(), run, now)
    for kind in kinds():
        reminders: ReminderQuerySet[ExpiryReminder] = kind.reminder.objects.all()
        left = reminders.abandoned(now).exclude(run__status=RunStatus.RUNNING)
        reminders.abandoned(now).filter(pk__in=left.values("pk")).update(
            state=DeliveryState.SUPERSEDED, settled_at=now
        )


def take_over(reminders: ReminderQuerySet[R], run: ExpiryCheckRun, now: datetime) -> int:
    """Have the run send these reminders of other runs, from the first try on; returns how many.

    Of two that take over the same at once, the second waits for the first's rows. PostgreSQL then
    looks again at the conditions on the row itself alone, not at those inside of a subquery: that
    it is `takeable` stands outside, so that nothing is sent twice.
    """
    rows = reminders.model._default_manager.all()
    return (
        rows.takeable(now)
        .filter(pk__in=reminders.values("pk"))
        .update(
            run=run,
            state=DeliveryState.PENDING,
            attempts=0,
            next_attempt_at=now,
            claim=None,
            lease_expires_at=None,
            settled_at=None,
            error="",
        )
    )


def _insert_reminders(run: ExpiryCheckRun, part: Due, rows: QuerySet[Model]) -> int:
    """Write a reminder for each of `rows` that is due one, in one statement; returns how many."""
    kind = part.kind
    return insert_from_select(
        kind.reminder,
        (kind.subject, kind.expiry, "stage", *DELIVERY_COLUMNS),
        part.unplanned(rows).values_list("pk", kind.expiry, "due", *new_delivery(run, part.now)),
        ignore_conflicts=True,
    )


def _sign_of_life(run: ExpiryCheckRun) -> None:
    ExpiryCheckRun.objects.filter(pk=run.pk).update(heartbeat_at=timezone.now())
