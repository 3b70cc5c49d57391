"""What coordinators send without waiting for the night: reminders now, and what failed once more.

Both make a run of their own, which workers send and close like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.contrib.auth.models import User
from django.db import transaction

from certifications.models import Certification, CertificationStatus
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
from cron.services.runs import open_run
from cron.stages import stages_of

#: A stage with a reminder in one of these states has had its reminder, or has it on its way.
TAKEN = (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.SENT)


@dataclass(frozen=True)
class SentNow:
    """The run that sends, None where nothing can be sent, and what stands against the others."""

    run: ExpiryCheckRun | None
    certifications: list[Certification] = field(default_factory=list)
    refusals: Mapping[Certification, str] = field(default_factory=dict)


@transaction.atomic
def send_reminders_now(
    *, certifications: Iterable[Certification], account: User | None, now: datetime
) -> SentNow:
    """Remind of each at once: of the stage that is due, or else of the next one ahead of its time.

    Every stage still goes out once. Refused is what is suspended, revoked or snoozed, whose mentor
    has no address, or of which nothing is left to send.
    """
    rows = list(
        Certification.objects.select_for_update(of=("self",))
        .filter(pk__in=[row.pk for row in certifications])
        .select_related("mentor", "certification_type")
        .order_by("pk")
    )
    snoozed = dict(
        ReminderSnooze.objects.in_force(now)
        .filter(certification__in=rows)
        .values_list("certification_id", "expires_at")
    )
    taken: dict[int, set[int]] = {row.pk: set() for row in rows}
    known = Reminder.objects.filter(certification__in=rows, state__in=TAKEN)
    for pk, expires_at, stage in known.values_list("certification_id", "expires_at", "stage"):
        if any(row.pk == pk and row.expires_at == expires_at for row in rows):
            taken[pk].add(stage)
    refusals: dict[Certification, str] = {}
    stages: dict[Certification, int] = {}
    for row in rows:
        refusal = _refusal(row, snoozed.get(row.pk))
        due = None if refusal else _stage_to_send(row, taken[row.pk], now)
        if due is None:
            refusals[row] = refusal or "Every reminder of this expiry has gone out."
        else:
            stages[row] = due
    if not stages:
        return SentNow(None, [], refusals)
    run = _open_planned_run(account, now, mentors=len({row.mentor_id for row in stages}))
    for row, stage in stages.items():
        Reminder.objects.update_or_create(
            certification=row,
            expires_at=row.expires_at,
            stage=stage,
            defaults={
                "run": run,
                "state": DeliveryState.PENDING,
                "attempts": 0,
                "next_attempt_at": now,
                "claim": None,
                "lease_expires_at": None,
                "settled_at": None,
                "error": "",
            },
        )
    _finish_plan(run, due=len(stages))
    return SentNow(run, list(stages), refusals)


@transaction.atomic
def retry_failed(*, run: ExpiryCheckRun, account: User | None, now: datetime) -> ExpiryCheckRun:
    """Send again what failed in the run and is still to be reminded of today, in a new run.

    `NothingToRetry` where there is nothing of the kind.
    """
    fresh = _open_planned_run(account, now, mentors=0)
    taken = 0
    for part in all_due(now):
        failed = part.left_over().filter(run=run, state=DeliveryState.FAILED)
        taken += take_over(failed, fresh, now)
    if not taken:
        raise NothingToRetry(run.public_id)
    reminded = Reminder.objects.filter(run=fresh)
    mentors = reminded.values("certification__mentor").distinct().count()
    ExpiryCheckRun.objects.filter(pk=fresh.pk).update(mentors_checked=mentors)
    _finish_plan(fresh, due=taken)
    return fresh


def _refusal(certification: Certification, snoozed_expiry: datetime | None) -> str | None:
    """What stands against reminding of it at all."""
    if certification.status in (CertificationStatus.SUSPENDED, CertificationStatus.REVOKED):
        return f"It is {certification.get_status_display()}."
    if snoozed_expiry == certification.expires_at:
        return "Its reminders are snoozed."
    if not certification.mentor.email:
        return "The mentor has no email address."
    return None


def _stage_to_send(certification: Certification, taken: set[int], now: datetime) -> int | None:
    """The stage that is due, or the first tighter one that has not gone out."""
    today = now.astimezone(UTC).date()
    tightest = min(taken, default=None)
    left = [
        stage.days
        for stage in stages_of(certification)
        if stage.ends > today and (tightest is None or stage.days < tightest)
    ]
    return left[0] if left else None


def _open_planned_run(account: User | None, now: datetime, *, mentors: int) -> ExpiryCheckRun:
    run = open_run(job=None, trigger=Trigger.ADMIN, now=now, requested_by=account)
    run.claimed_at = run.planned_at = now
    run.mentors_checked = mentors
    run.certifications_expired = 0
    run.save(
        update_fields=["claimed_at", "planned_at", "mentors_checked", "certifications_expired"]
    )
    return run


def _finish_plan(run: ExpiryCheckRun, *, due: int) -> None:
    ExpiryCheckRun.objects.filter(pk=run.pk).update(reminders_due=due)
    transaction.on_commit(lambda: bell.ring_for_sending(run.pk))
