"""What coordinators send without waiting for the night: reminders now, and what failed once more.

Both make a run of their own whose plan is written with it; workers send and close it like any
other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from certifications.models import EXPIRED_STAGE, Certification, CertificationStatus
from cron.errors import NothingToRetry
from cron.models import (
    DeliveryState,
    ExpiryCheckRun,
    Reminder,
    ReminderSnooze,
    Trigger,
)
from cron.services import bell
from cron.services.due import all_due
from cron.services.planning import take_over
from cron.services.reminder_plan import Reason
from cron.services.runs import open_run
from cron.stages import stages_of

#: A stage with a reminder in one of these states has had its reminder, or has it on its way.
TAKEN = (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.SENT)
#: Rows that one statement writes.
WRITE_BATCH = 1_000


@dataclass(frozen=True)
class SentNow:
    """The run that sends, None where nothing can be sent, and what stands against the others."""

    run: ExpiryCheckRun | None
    certifications: list[Certification] = field(default_factory=list)
    refusals: Mapping[Certification, str] = field(default_factory=dict)


@dataclass
class _Known:
    """What there is of one certification's present expiry."""

    stages: dict[int, str] = field(default_factory=dict)
    is_snoozed: bool = False

    @property
    def tightest_taken(self) -> int | None:
        return min((stage for stage, state in self.stages.items() if state in TAKEN), default=None)


@transaction.atomic
def send_reminders_now(
    *, certifications: Iterable[Certification], account: User | None, now: datetime
) -> SentNow:
    """Remind of each at once: of the stage that is due, or else of the next one ahead of its time.

    Every stage still goes out once, and the notice after expiry not before it is true. Refused is
    what the check would not remind of, what is snoozed, whose mentor has no address, and of which
    nothing is left to send. The number of statements does not grow with that of certifications,
    but for every thousand.
    """
    rows = list(
        Certification.objects.select_for_update(of=("self",))
        .filter(pk__in=[row.pk for row in certifications])
        .select_related("mentor", "certification_type")
        .order_by("pk")
    )
    known = _known(rows, now)
    today = now.astimezone(UTC).date()
    refusals: dict[Certification, str] = {}
    stages: dict[Certification, int] = {}
    for row in rows:
        choice = _refusal(row, known[row.pk], today) or _stage_to_send(row, known[row.pk], today)
        if isinstance(choice, str):
            refusals[row] = choice
        else:
            stages[row] = choice
    if not stages:
        return SentNow(None, [], refusals)
    run = _open_planned_run(account, now)
    _write_reminders(run, stages, now)
    written = set(Reminder.objects.filter(run=run).values_list("certification_id", flat=True))
    # A check that was planned in the same moment may have been first.
    refusals |= {row: _("Its reminder is on its way.") for row in stages if row.pk not in written}
    sent = [row for row in stages if row.pk in written]
    if not sent:
        run.delete()
        return SentNow(None, [], refusals)
    _finish_plan(run, due=len(sent), mentors=len({row.mentor_id for row in sent}))
    return SentNow(run, sent, refusals)


@transaction.atomic
def retry_failed(*, run: ExpiryCheckRun, account: User | None, now: datetime) -> ExpiryCheckRun:
    """Send again, in a new run, what the run failed to send and is still to be reminded of today.

    That is what failed and, where the run itself failed, what it left behind. `NothingToRetry`
    where there is nothing of the kind.
    """
    # Whoever asks for the same at the same time finds what is left by then: nothing.
    run = ExpiryCheckRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
    fresh = _open_planned_run(account, now)
    due = 0
    for part in all_due(now):
        unsent = part.left_over().filter(run=run).exclude(state=DeliveryState.SUPERSEDED)
        due += take_over(unsent, fresh, now)
    if not due:
        raise NothingToRetry(run.public_id)
    reminded = Reminder.objects.filter(run=fresh)
    mentors = reminded.values("certification__mentor").distinct().count()
    _finish_plan(fresh, due=due, mentors=mentors)
    return fresh


def _known(rows: list[Certification], now: datetime) -> dict[int, _Known]:
    """What went out and what is snoozed of each certification, in two queries."""
    expiries = {row.pk: row.expires_at for row in rows}
    known = {row.pk: _Known() for row in rows}
    reminders = Reminder.objects.filter(certification__in=expiries)
    for pk, expires_at, stage, state in reminders.values_list(
        "certification_id", "expires_at", "stage", "state"
    ):
        if expiries[pk] == expires_at:
            known[pk].stages[stage] = state
    snoozes = ReminderSnooze.objects.in_force(now).filter(certification__in=expiries)
    for pk, expires_at in snoozes.values_list("certification_id", "expires_at"):
        known[pk].is_snoozed = expiries[pk] == expires_at
    return known


def _refusal(certification: Certification, known: _Known, today: date) -> str | None:
    """What stands against reminding of it at all; see `CertificationKind.reminded`."""
    reason = None
    if certification.status == CertificationStatus.SUSPENDED:
        reason = Reason.SUSPENDED
    elif certification.status == CertificationStatus.REVOKED:
        reason = Reason.REVOKED
    elif (
        certification.status == CertificationStatus.EXPIRED
        and certification.expires_at.astimezone(UTC).date() > today
    ):
        reason = Reason.DECLARED_EXPIRED
    elif known.is_snoozed:
        reason = Reason.SNOOZED
    elif not certification.mentor.email:
        reason = Reason.NO_ADDRESS
    return str(reason.label) if reason else None


def _stage_to_send(certification: Certification, known: _Known, today: date) -> int | str:
    """The stage that is due or the first tighter one that has not gone out, or why there is none.

    Before expiry nobody is told that it is over.
    """
    tightest = known.tightest_taken
    left = [
        stage
        for stage in stages_of(certification)
        if stage.ends > today and (tightest is None or stage.days < tightest)
    ]
    if not left:
        return _("Every reminder of this expiry has gone out.")
    if left[0].days == EXPIRED_STAGE and left[0].begins > today:
        return _("Only the notice after expiry is left, which goes out once it has expired.")
    return left[0].days


def _write_reminders(
    run: ExpiryCheckRun, stages: Mapping[Certification, int], now: datetime
) -> None:
    """Write the reminders that are new, and take over those that were tried in vain."""
    Reminder.objects.bulk_create(
        [
            Reminder(
                certification=row,
                expires_at=row.expires_at,
                stage=stage,
                run=run,
                next_attempt_at=now,
            )
            for row, stage in stages.items()
        ],
        batch_size=WRITE_BATCH,
        ignore_conflicts=True,
    )
    unsent = Reminder.objects.filter(
        certification__in=[row.pk for row in stages],
        state__in=[DeliveryState.FAILED, DeliveryState.SUPERSEDED],
    )
    keys = {(row.pk, row.expires_at, stage) for row, stage in stages.items()}
    again = [
        pk
        for pk, *key in unsent.values_list("pk", "certification_id", "expires_at", "stage")
        if tuple(key) in keys
    ]
    if again:
        take_over(unsent.filter(pk__in=again), run, now)


def _open_planned_run(account: User | None, now: datetime) -> ExpiryCheckRun:
    """A run that plans nothing: the caller writes what it sends.

    No worker has taken it up, so it waits for one for as long as the broker is away.
    """
    run = open_run(job=None, trigger=Trigger.ADMIN, now=now, requested_by=account)
    run.planned_at = now
    run.certifications_expired = 0
    run.save(update_fields=["planned_at", "certifications_expired"])
    return run


def _finish_plan(run: ExpiryCheckRun, *, due: int, mentors: int) -> None:
    """Write the figures of the plan and have a worker take it up after commit."""
    run.reminders_due, run.mentors_checked = due, mentors
    run.save(update_fields=["reminders_due", "mentors_checked"])
    transaction.on_commit(lambda: bell.ring_for_planned_run(run.pk))
