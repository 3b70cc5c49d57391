"""What there is of the present expiry of certifications: stages told of, and a snooze."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from django.db.models import OuterRef, Subquery

from certifications.models import Certification
from config.db import UtcDate
from cron.models import Reminder, ReminderSnooze, SentReminder


class Present(NamedTuple):
    """`told` is the stage closest to the expiry with a reminder in a state that was asked for.

    `sent_before` is the closest one that went out before the certification was deleted and entered
    again. A snooze may be over.
    """

    told: int | None
    sent_before: int | None
    snoozed_until: date | None
    snooze_reason: str | None

    @property
    def last_stage(self) -> int | None:
        stages = [stage for stage in (self.told, self.sent_before) if stage is not None]
        return min(stages, default=None)


def present_of(
    certifications: Iterable[Certification], *, states: Sequence[str]
) -> dict[int, Present]:
    """By the certification's key, in one query."""
    expires_on = UtcDate(OuterRef("expires_at"))
    told = (
        Reminder.objects.at_a_stage()
        .alias(told_of=UtcDate("expires_at"))
        .filter(certification=OuterRef("pk"), told_of=expires_on, state__in=states)
    )
    snooze = ReminderSnooze.objects.alias(was_for=UtcDate("expires_at")).filter(
        certification=OuterRef("pk"), was_for=expires_on
    )
    past = SentReminder.objects.filter(
        **{name: OuterRef(name) for name in SentReminder.identity}, expired_on=expires_on
    )
    rows = Certification.objects.filter(pk__in=[row.pk for row in certifications]).values_list(
        "pk",
        Subquery(told.order_by("stage").values("stage")[:1]),
        Subquery(past.order_by("stage").values("stage")[:1]),
        Subquery(snooze.values("until")),
        Subquery(snooze.values("reason")),
    )
    return {pk: Present(*values) for pk, *values in rows.order_by()}
