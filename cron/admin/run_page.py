"""What the page of a run shows: what happened when, what became of its mails, and what failed.

A coordinator sees the mails to her own mentors, and her organisations' digests.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import AnonymousUser, User
from django.core.paginator import Page, Paginator
from django.db.models import Count, Max, Min
from django.urls import reverse
from django.utils.translation import gettext as _

from certifications.models import Certification, Organisation
from config.rights import is_limited
from cron.expiring import ExpiryReminder
from cron.models import (
    CoordinatorDigest,
    DeliveryQuerySet,
    DeliveryState,
    ExpiryCheckRun,
    Reminder,
    ReminderQuerySet,
)
from cron.services.due import reminders_of

#: Errors on a page.
LINES = 50


@dataclass(frozen=True)
class Outcome:
    """How many mails of one kind are in each state, and where they are listed, if one may look."""

    label: str
    url: str
    counts: dict[str, int]

    @property
    def unsettled(self) -> int:
        return self.counts[DeliveryState.PENDING] + self.counts[DeliveryState.SENDING]

    @property
    def unsent(self) -> int:
        """What was to go out and did not, or not yet."""
        return self.unsettled + self.counts[DeliveryState.FAILED]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def outcomes_of_reminders(run: ExpiryCheckRun, account: User | AnonymousUser) -> list[Outcome]:
    """The run's reminders, kind by kind; a query for each."""
    return [_outcome(run, account, rows) for rows in _reminders(run, account)]


def outcome_of_digests(run: ExpiryCheckRun, account: User | AnonymousUser) -> Outcome:
    return _outcome(run, account, _digests(run, account))


def timeline(run: ExpiryCheckRun) -> list[dict[str, Any]]:
    """What happened when, and how many seconds after what came before."""
    spans = [
        rows.aggregate(first=Min("settled_at"), last=Max("settled_at"))
        for rows in reminders_of(run)
    ]
    moments: list[tuple[str, datetime | None]] = [
        (_("asked for"), run.started_at),
        (_("taken up by a worker"), run.claimed_at),
        (_("planned"), run.planned_at),
        (
            _("first reminder settled"),
            min((span["first"] for span in spans if span["first"]), default=None),
        ),
        (
            _("last reminder settled"),
            max((span["last"] for span in spans if span["last"]), default=None),
        ),
        (_("completed"), run.completed_at),
    ]
    # A run that a person asked for has its plan before a worker takes it up.
    happened = sorted(
        ((label, moment) for label, moment in moments if moment), key=lambda step: step[1]
    )
    steps: list[dict[str, Any]] = []
    for number, (label, moment) in enumerate(happened):
        before = happened[number - 1][1] if number else moment
        seconds = (moment - before).total_seconds() if number else None
        steps.append({"label": label, "moment": moment, "seconds": seconds})
    return steps


def errors_of(
    run: ExpiryCheckRun, account: User | AnonymousUser, number: str | None
) -> Page[dict[str, Any]]:
    """A page of what failed: the reminders of each kind, then the digests."""
    parts: list[tuple[DeliveryQuerySet[Any], Callable[[Any], dict[str, Any]]]] = []
    for rows in _reminders(run, account):
        model = rows.model
        followed = "certification__mentor" if model is Reminder else model.subject
        parts.append(
            (rows.with_errors().select_related(followed).order_by("pk"), _line_of_reminder)
        )
    digests = _digests(run, account).with_errors().select_related("coordinator").order_by("pk")
    parts.append((digests, _line_of_digest))
    return Paginator(_Chain(parts), LINES).get_page(number)


class _Chain(Sequence[dict[str, Any]]):
    """Rows of several tables one after the other, of which a page is read at a time."""

    def __init__(
        self, parts: list[tuple[DeliveryQuerySet[Any], Callable[[Any], dict[str, Any]]]]
    ) -> None:
        self._parts = [(rows, rows.count(), line) for rows, line in parts]

    def __len__(self) -> int:
        return sum(count for _rows, count, _line in self._parts)

    def __getitem__(self, wanted: Any) -> Any:
        start, stop, _step = wanted.indices(len(self))
        lines: list[dict[str, Any]] = []
        for rows, count, line in self._parts:
            if start < count and stop > 0:
                lines += [line(row) for row in rows[max(start, 0) : stop]]
            start, stop = start - count, stop - count
        return lines


def _reminders(
    run: ExpiryCheckRun, account: User | AnonymousUser
) -> list[ReminderQuerySet[ExpiryReminder]]:
    """The run's reminders, kind by kind, as far as the account may see them."""
    if not is_limited(account):
        return reminders_of(run)
    own = Certification.objects.visible_to(account)
    return [
        rows.filter(**{f"{Reminder.subject}__in": own})
        for rows in reminders_of(run)
        if rows.model is Reminder
    ]


def _digests(
    run: ExpiryCheckRun, account: User | AnonymousUser
) -> DeliveryQuerySet[CoordinatorDigest]:
    digests = CoordinatorDigest.objects.filter(run=run)
    if not is_limited(account):
        return digests
    own = Organisation.objects.visible_to(account)
    return digests.filter(coordinator__organisation__in=own)


def _outcome(
    run: ExpiryCheckRun, account: User | AnonymousUser, rows: DeliveryQuerySet[Any]
) -> Outcome:
    meta = rows.model._meta
    found = rows.order_by().values_list("state").annotate(number=Count("pk"))
    url = ""
    if account.has_perm(f"{meta.app_label}.view_{meta.model_name}"):
        listed = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
        url = f"{listed}?{urlencode({'run__id__exact': run.pk})}"
    return Outcome(
        label=str(meta.verbose_name_plural),
        url=url,
        counts=dict.fromkeys(DeliveryState.values, 0) | dict(found),
    )


def _line_of_reminder(reminder: ExpiryReminder) -> dict[str, Any]:
    thing = getattr(reminder, reminder.subject)
    meta = thing._meta
    line = {
        "thing": thing,
        "url": reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[thing.pk]),
        "error": reminder.error_in_words,
        "stage": reminder.stage if reminder.is_at_a_stage else _("by hand"),
    }
    if isinstance(reminder, Reminder):
        line["who"] = reminder.certification.mentor
        line["why"] = reverse("admin:cron_reminder_plan", args=[thing.pk])
    return line


def _line_of_digest(digest: CoordinatorDigest) -> dict[str, Any]:
    return {
        "who": digest.coordinator,
        "thing": _("Digest for %(name)s") % {"name": digest.coordinator},
        "error": digest.error_in_words,
    }
