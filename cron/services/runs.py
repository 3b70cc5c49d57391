"""The life of a run: opened, performed, closed or failed, and swept up after a crash."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from config.metrics import counters
from cron.errors import BrokerUnavailable, RunInProgress, SlotTaken
from cron.models import (
    CoordinatorDigest,
    DeliveryQuerySet,
    DeliveryState,
    ExpiryCheckJob,
    ExpiryCheckRun,
    RunStatus,
    Trigger,
)
from cron.services import allowance, bell, pings
from cron.services.checked import count_mentors
from cron.services.digests import plan_digests
from cron.services.due import reminders_of
from cron.services.pings import Ping
from cron.services.planning import plan_run, preview_run
from cron.services.sending import send_next_batch

logger = structlog.get_logger(__name__)

#: The names under which runs and their mails are counted once a run has ended.
RUNS_COUNT, REMINDERS_COUNT = "runs", "reminders"
#: Seconds that one task sends before it lets others have the worker.
SENDING_SECONDS = 20
#: By so many seconds the clock of beat's host may be ahead of that of a worker's.
CLOCK_SKEW_SECONDS = 5.0
#: A run that is waiting is looked after again at the latest after this many seconds.
LONGEST_WAIT_SECONDS = 30


def open_run(
    *,
    job: ExpiryCheckJob | None,
    trigger: Trigger,
    now: datetime,
    dry_run: bool = False,
    slot: datetime | None = None,
    requested_by: User | None = None,
) -> ExpiryCheckRun:
    """Write the row of a new run. `RunInProgress` or `SlotTaken` where the database refuses it."""
    fail_silent_runs(now)
    try:
        with transaction.atomic():
            return ExpiryCheckRun.objects.create(
                job=job,
                trigger=trigger,
                slot=slot,
                dry_run=dry_run,
                requested_by=requested_by,
                started_at=now,
                heartbeat_at=now,
            )
    except IntegrityError as error:
        going_on = ExpiryCheckRun.objects.running().filter(job=job).first() if job else None
        if going_on is not None:
            raise RunInProgress(going_on.public_id) from error
        raise SlotTaken(f"The slot {slot} has had its run.") from error


def execute_job(
    *,
    job: ExpiryCheckJob,
    trigger: Trigger,
    now: datetime,
    dry_run: bool = False,
    requested_by: User | None = None,
) -> ExpiryCheckRun:
    """Start a run of the job now: first the row, then the ring.

    Call it outside of a transaction. `RunInProgress`; `BrokerUnavailable`, with the run failed.
    """
    run = open_run(job=job, trigger=trigger, now=now, dry_run=dry_run, requested_by=requested_by)
    try:
        bell.ring_for_run(run.pk)
    except BrokerUnavailable:
        fail_run(run, reason="The message broker was away.", now=now)
        raise
    return run


def start_owed_run(*, job: ExpiryCheckJob, now: datetime) -> ExpiryCheckRun | None:
    """Open the run for the latest slot that is owed at `now`; None where none is.

    Owed is a slot after the job's schedule became what it is and after the last slot that had its
    run. Whatever fires twice, or late, or for no reason, finds nothing owed and ends quietly. While
    another run of the job goes on, the slot stays owed and the sweep asks again.
    """
    last_slot = (
        job.runs.filter(slot__isnull=False).order_by("-slot").values_list("slot", flat=True).first()
    )
    since = max(job.scheduled_since, last_slot) if last_slot else job.scheduled_since
    slot = job.schedule.latest_slot(after=since, until=now) if job.enabled else None
    if slot is None:
        return None
    try:
        return open_run(job=job, trigger=Trigger.SCHEDULE, slot=slot, now=now)
    except (RunInProgress, SlotTaken) as reason:
        logger.info("slot_not_started", job=job.public_id, slot=slot, reason=reason.detail)
        return None


def seconds_to_a_close_slot(*, job: ExpiryCheckJob, now: datetime) -> float | None:
    """How soon the next slot of the job comes, if so soon that beat may have fired for it.

    To begin before it would be wrong: at midnight a check asks what today is. `None` if it is far.
    """
    if not job.enabled:
        return None
    seconds = (job.schedule.next_after(now) - now).total_seconds()
    return seconds if seconds <= CLOCK_SKEW_SECONDS else None


def claim_run(run_id: int, now: datetime) -> ExpiryCheckRun | None:
    """Take the run up; None when another worker has it or it is over."""
    claimed = (
        ExpiryCheckRun.objects.running()
        .filter(pk=run_id, claimed_at__isnull=True)
        .update(claimed_at=now, heartbeat_at=now)
    )
    if not claimed:
        return None
    run = ExpiryCheckRun.objects.select_related("job").get(pk=run_id)
    pings.announce(run, Ping.START)
    return run


def perform_run(run_id: int) -> None:
    """Claim the run, plan it, and ring for as many senders as it needs.

    One that was opened with its plan is sent only.
    """
    run = claim_run(run_id, timezone.now())
    if run is None:
        return
    if run.planned_at is None:
        prepare_run(run)
    due = sum(rows.unsettled().count() for rows in reminders_of(run))
    if due:
        batches = -(-due // settings.REMINDER_BATCH_SIZE)
        bell.ring_for_sending(run.pk, senders=min(batches, settings.REMINDER_MAX_SENDERS))
        count_mentors(run.pk)
    else:
        continue_run(run.pk)


def prepare_run(run: ExpiryCheckRun) -> None:
    """Plan a claimed run; a dry one is closed with what it found. A failure fails the run."""
    try:
        if run.dry_run:
            preview_run(run, now=timezone.now())
            close_run(run, now=timezone.now())
        else:
            plan_run(run, now=timezone.now())
    except Exception as error:
        # Whatever it was: a run must not look as if it went on. The error goes its way as well.
        fail_run(run, reason=f"{type(error).__name__}: {error}", now=timezone.now())
        raise


def continue_run(run_id: int) -> None:
    """Send what is due of the run for a while, then ring again or close it."""
    run = ExpiryCheckRun.objects.running().filter(pk=run_id, planned_at__isnull=False).first()
    if run is None:
        return
    stop_at = timezone.now() + timedelta(seconds=SENDING_SECONDS)
    while timezone.now() < stop_at and send_next_batch(run, now=timezone.now()):
        pass
    wait_seconds = finish_or_wait(run, now=timezone.now())
    if wait_seconds is not None:
        bell.ring_for_sending(run.pk, wait_seconds=wait_seconds)


def finish_or_wait(run: ExpiryCheckRun, *, now: datetime) -> float | None:
    """Close the run when all is settled, or say in how many seconds to look again.

    None when there is nothing to wait for: the run is closed, or other workers hold what is left.
    """
    unsettled = _unsettled(reminders_of(run))
    if not unsettled:
        plan_digests(run, now=now)
        unsettled = _unsettled([CoordinatorDigest.objects.filter(run=run)])
    if not unsettled:
        close_run(run, now=now)
        return None
    due_at = min(filter(None, map(_next_attempt_at, unsettled)), default=None)
    if due_at is None:
        return None
    due_at = max(due_at, allowance.opens_at(now))
    return min(max((due_at - now).total_seconds(), 0), LONGEST_WAIT_SECONDS)


def _unsettled(mails: Iterable[DeliveryQuerySet[Any]]) -> list[DeliveryQuerySet[Any]]:
    """What is unsettled of each, without those of which nothing is."""
    return [rows for rows in (each.unsettled() for each in mails) if rows.exists()]


def _next_attempt_at(mails: DeliveryQuerySet[Any]) -> datetime | None:
    """When the first of them is due that is in nobody's hands."""
    pending = mails.filter(state=DeliveryState.PENDING).order_by("next_attempt_at")
    return pending.values_list("next_attempt_at", flat=True).first()


def close_run(run: ExpiryCheckRun, *, now: datetime) -> None:
    """Write the figures of a run that is done, once: `success`, or `partial` with errors.

    What no mail can reach was counted when it was found: it is no error of every later run. To
    the monitor, one that sent nothing but errors has failed: what keeps every mail back keeps
    the next ones back as well.
    """
    count_mentors(run.pk)
    figures = _figures(run)
    status = RunStatus.PARTIAL if figures["errors"] else RunStatus.SUCCESS
    with transaction.atomic():
        closed = (
            ExpiryCheckRun.objects.running()
            .filter(pk=run.pk)
            .update(status=status, completed_at=now, heartbeat_at=now, **figures)
        )
        if closed:
            _count(run, status, figures)
    if closed:
        logger.info("run_closed", run_id=run.public_id, status=status.value, **figures)
        sent_nothing = figures["errors"] and not figures["reminders_sent"]
        pings.announce(run, Ping.FAILURE if sent_nothing else Ping.SUCCESS)


def fail_run(run: ExpiryCheckRun, *, reason: str, now: datetime) -> None:
    """Mark a run failed that is going on; what it left is done by the next."""
    figures = _figures(run)
    with transaction.atomic():
        failed = (
            ExpiryCheckRun.objects.running()
            .filter(pk=run.pk)
            .update(status=RunStatus.FAILED, completed_at=now, failure=reason[:500], **figures)
        )
        if failed:
            _count(run, RunStatus.FAILED, figures)
    if failed:
        logger.error("run_failed", run_id=run.public_id, reason=reason)
        pings.announce(run, Ping.FAILURE)


def fail_silent_runs(now: datetime) -> int:
    """Mark runs failed whose worker gave no sign of life for its lease; returns how many."""
    lease = timedelta(seconds=settings.RUN_LEASE_SECONDS)
    silent = ExpiryCheckRun.objects.silent_since(now - lease).filter(claimed_at__isnull=False)
    runs = list(silent)
    for run in runs:
        fail_run(run, reason=f"Its worker was silent for {lease.total_seconds():.0f} s.", now=now)
    return len(runs)


def sweep(now: datetime) -> None:
    """Bring back what a lost message, a dead worker or a sleeping beat left behind.

    1. Runs whose worker died are marked failed.
    2. Slots that are owed get their run, which is rung for at once: to wait until it is silent
       would take an hour where the clock is set back by one.
    3. Runs that no worker has taken up, or whose mails are due and in nobody's hands, are rung for.
    """
    fail_silent_runs(now)
    for job in ExpiryCheckJob.objects.enabled().select_related("periodic_task"):
        run = start_owed_run(job=job, now=now)
        if run is not None:
            bell.ring_for_planned_run(run.pk)
    quiet = now - timedelta(seconds=LONGEST_WAIT_SECONDS)
    for run in ExpiryCheckRun.objects.silent_since(quiet):
        if run.claimed_at is None:
            bell.ring_for_run(run.pk)
        elif run.planned_at is not None:
            bell.ring_for_sending(run.pk)


def _count(run: ExpiryCheckRun, status: RunStatus, figures: dict[str, int]) -> None:
    """Count the run and its mails for the metrics; a dry one is none."""
    if run.dry_run:
        return
    counters.add(RUNS_COUNT, **{status.value: 1})
    counters.add(REMINDERS_COUNT, sent=figures["reminders_sent"], failed=figures["errors"])


def _figures(run: ExpiryCheckRun) -> dict[str, int]:
    reminders = reminders_of(run)
    digests = CoordinatorDigest.objects.filter(run=run)
    mails: list[DeliveryQuerySet[Any]] = [*reminders, digests]
    failed = sum(rows.new_errors(run).count() for rows in mails)
    return {"reminders_sent": sum(rows.sent().count() for rows in reminders), "errors": failed}
