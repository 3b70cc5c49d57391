"""Which reminders are due, as queries: nothing here passes row by row through Python.

The stage that is due is the tightest one passed: of the stages 30, 14, 7, 1, 0, a certification
with 9 days left is at 14 (`Policy.stage_at`). Calendar dates decide: today in the time zone of the
check, the day of the expiry in UTC. As bounds on the expiry: a stage of s days is passed once the
expiry lies before the day s + 1 from today.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable

from config.claims import UNSETTLED
from config.dates import midnight
from cron.expiring import EXPIRED_STAGE, ExpiringKind, ExpiryReminder, Policy, kinds
from cron.models import DeliveryState, ExpiryCheckRun, ReminderQuerySet, RunStatus


def reminders_of(run: ExpiryCheckRun) -> list[ReminderQuerySet[ExpiryReminder]]:
    """The run's reminders, a QuerySet for each kind."""
    return [kind.reminder.objects.filter(run=run) for kind in kinds()]


@dataclass(frozen=True)
class Due:
    """What is due at `now` of a kind's rows under one of its policies.

    `now` is in the time zone of the check.
    """

    kind: ExpiringKind[Any, Any]
    policy: Policy
    now: datetime

    def covered(self) -> QuerySet[models.Model]:
        """The rows that are reminded of at all and for which a stage can be due."""
        earliest, beyond = self._horizon()
        expiry = self.kind.expiry
        return self.kind.reminded(self.now).filter(
            self.policy.rows, **{f"{expiry}__gte": earliest, f"{expiry}__lt": beyond}
        )

    def batches(self, size: int) -> Iterator[QuerySet[models.Model]]:
        """The covered rows by expiry and key, at most `size` at a time."""
        expiry = self.kind.expiry
        covered = remaining = self.covered()
        while True:
            keys = remaining.order_by(expiry, "pk").values_list(expiry, "pk")
            end = keys[size - 1 : size].first()
            if end is None:
                yield remaining
                return
            last, pk = end
            # The second condition follows from the first; it leads the database to the index.
            yield remaining.filter(
                Q(**{f"{expiry}__lt": last}) | Q(**{expiry: last, "pk__lte": pk}),
                **{f"{expiry}__lte": last},
            )
            remaining = covered.filter(
                Q(**{f"{expiry}__gt": last}) | Q(**{expiry: last, "pk__gt": pk}),
                **{f"{expiry}__gte": last},
            )

    def unplanned(self, rows: QuerySet[models.Model]) -> QuerySet[models.Model]:
        """Those of `rows` at a stage, `due`, without a reminder, nor one of a tighter stage.

        A tighter one that was tried in vain ahead of its time is none: it has its time to come.
        """
        planned = (
            self._reminders()
            .alias(told_of=self._day_of_expiry())
            .filter(**{self.kind.subject: OuterRef("pk")}, told_of=self._outer_day_of_expiry())
            .filter(
                Q(stage=OuterRef("due"))
                | Q(stage__lt=OuterRef("due"), state__in=(DeliveryState.SENT, *UNSETTLED))
            )
        )
        staged = self.staged(rows).filter(~Exists(planned), due__isnull=False)
        if self.kind.past is None:
            return staged
        # Of the same thing, before it was deleted and entered again.
        told = self.kind.past._default_manager.filter(
            **{name: OuterRef(name) for name in self.kind.past.identity},
            expired_on=self._outer_day_of_expiry(),
            stage__lte=OuterRef("due"),
        )
        return staged.filter(~Exists(told))

    def staged(self, rows: QuerySet[models.Model]) -> QuerySet[models.Model]:
        """The rows with the stage that is due for each as `due`."""
        staged: QuerySet[models.Model] = rows.order_by().annotate(due=self._stage())
        return staged

    def left_over(self) -> ReminderQuerySet[ExpiryReminder]:
        """Unsent reminders of runs that are over whose stage is the one due today.

        One that was superseded, say while its certification was suspended, is among them once its
        thing is covered again. Where a tighter stage went out ahead of its time, none is.
        """
        reminders = self._reminders()
        tighter = reminders.alias(told_of=self._day_of_expiry()).filter(
            Q(state=DeliveryState.SENT) | Q(state__in=UNSETTLED, run__status=RunStatus.RUNNING),
            **{self.kind.subject: OuterRef(self.kind.subject)},
            told_of=self._outer_day_of_expiry(),
            stage__lt=OuterRef("stage"),
        )
        same = (
            self.covered()
            .alias(expires_on=self._day_of_expiry())
            .filter(pk=OuterRef(self.kind.subject), expires_on=self._outer_day_of_expiry())
        )
        return (
            reminders.takeable(self.now)
            .exclude(run__status=RunStatus.RUNNING)
            .filter(Exists(same), ~Exists(tighter), stage=self._stage())
        )

    def _reminders(self) -> ReminderQuerySet[ExpiryReminder]:
        reminders: ReminderQuerySet[ExpiryReminder] = self.kind.reminder.objects.all()
        return reminders

    def _stage(self) -> Case:
        """The stage due today as an expression on the expiry; null outside the horizon."""
        expiry = self.kind.expiry
        earliest, _ = self._horizon()
        steps = [
            When(**{f"{expiry}__lt": self._day(stage + 1)}, then=Value(stage))
            for stage in (EXPIRED_STAGE, *sorted(self.policy.stages))
        ]
        return Case(
            When(**{f"{expiry}__lt": earliest}, then=Value(None)),
            *steps,
            default=Value(None),
            output_field=models.SmallIntegerField(),
        )

    def _horizon(self) -> tuple[date, date]:
        """The bounds of the expiry between which a stage can be due: from, and before."""
        last = max(self.policy.stages, default=EXPIRED_STAGE)
        return self._day(-self.policy.expired_notice_days), self._day(last + 1)

    def _day(self, days: int) -> date:
        """The day so many days from today: its midnight where expiries are moments, else itself."""
        day = self.now.date() + timedelta(days=days)
        expiry = self.kind.reminder._meta.get_field(self.kind.expiry)
        return midnight(day) if isinstance(expiry, models.DateTimeField) else day

    def _day_of_expiry(self) -> Combinable:
        day: Combinable = self.kind.reminder.day_of_expiry(F(self.kind.expiry))
        return day

    def _outer_day_of_expiry(self) -> Combinable:
        day: Combinable = self.kind.reminder.day_of_expiry(OuterRef(self.kind.expiry))
        return day


def all_due(now: datetime) -> list[Due]:
    """What there is to look at: every policy of every kind, on the date that `now` has."""
    return [Due(kind, policy, now) for kind in kinds() for policy in kind.policies()]
