"""Figures of jobs, runs and reminders."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models import OuterRef, Subquery

from config.metrics import counters, figures
from config.metrics.figures import Figure
from cron.models import ExpiryCheckJob, ExpiryCheckRun, RunStatus
from cron.services.lapses import overdue_jobs
from cron.services.runs import REMINDERS_COUNT, RUNS_COUNT

ENDED = [status.value for status in RunStatus if status != RunStatus.RUNNING]


def register() -> None:
    """Have `/metrics` show them."""
    figures.register("cron", _read)


def _read(now: datetime) -> Iterator[Figure]:
    """Counts that are kept, and a few rows of each job by the indexes of its runs."""
    yield counters.figure(RUNS_COUNT, "Runs that have ended.", "status", ENDED)
    yield counters.figure(
        REMINDERS_COUNT, "Mails of runs that have ended.", "outcome", ("sent", "failed")
    )
    yield from _runs(now)
    overdue = {each.job.public_id: each.seconds for each in overdue_jobs(now)}
    enabled = [job.public_id for job in ExpiryCheckJob.objects.enabled().only("pk")]
    yield Figure(
        "job_overdue_seconds",
        "Since the grace time of the first missed slot was over; 0 where none was missed.",
        ("cron_id",),
        values={(job,): overdue.get(job, 0.0) for job in enabled},
    )


def _runs(now: datetime) -> Iterator[Figure]:
    """Of each job its latest run that ended well, and the one that goes on."""
    runs = ExpiryCheckRun.objects.filter(job=OuterRef("pk")).order_by("-started_at", "-id")
    jobs = ExpiryCheckJob.objects.annotate(
        good=Subquery(runs.good().values("pk")[:1]),
        running=Subquery(runs.running().values("pk")[:1]),
    )
    numbers = [pk for pair in jobs.values_list("good", "running") for pk in pair if pk]
    rows = ExpiryCheckRun.objects.filter(pk__in=numbers).order_by("pk")
    durations: dict[tuple[str, ...], float] = {}
    ends: dict[tuple[str, ...], float] = {}
    going_on: dict[tuple[str, ...], float] = {}
    for run in rows:
        job = (run.cron_id or "",)
        if run.status == RunStatus.RUNNING:
            going_on[job] = (now - run.started_at).total_seconds()
        elif run.completed_at is not None:
            durations[job] = (run.completed_at - run.started_at).total_seconds()
            ends[job] = run.completed_at.timestamp()
    yield Figure(
        "last_run_duration_seconds",
        "How long the latest run took that did its work.",
        ("cron_id",),
        values=durations,
    )
    yield Figure(
        "last_run_timestamp_seconds",
        "When that run ended, in Unix time.",
        ("cron_id",),
        values=ends,
    )
    yield Figure(
        "running_run_seconds",
        "How long the run that goes on has taken so far.",
        ("cron_id",),
        values=going_on,
    )
