"""Celery tasks: thin shells around the services. The broker only rings; the database knows."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from cron.models import ExpiryCheckJob
from cron.services import bell, lapses, pings, runs


@shared_task
def run_scheduled_check(job_id: int) -> None:
    """What beat fires for a job: run the check if a slot is owed.

    Else come back at a slot that beat fired for a little early, or end quietly.
    """
    job = ExpiryCheckJob.objects.select_related("periodic_task").filter(pk=job_id).first()
    if job is None:
        return
    now = timezone.now()
    run = runs.start_owed_run(job=job, now=now)
    if run is not None:
        runs.perform_run(run.pk)
    elif (seconds := runs.seconds_to_a_close_slot(job=job, now=now)) is not None:
        bell.ring_for_slot(job.pk, wait_seconds=seconds)


@shared_task
def run_expiry_check(run_id: int) -> None:
    """Take up a run that was opened through the API, the admin or a sweep."""
    runs.perform_run(run_id)


@shared_task
def send_due(run_id: int) -> None:
    """Send what is due of a run."""
    runs.continue_run(run_id)


@shared_task
def sweep() -> None:
    """Bring back what was lost; beat fires it every minute."""
    runs.sweep(timezone.now())


@shared_task
def watch_jobs() -> None:
    """Look for jobs that did not run within their grace time; beat fires it every minute."""
    lapses.watch(now=timezone.now())
    lapses.send_due_notices(now=timezone.now())


@shared_task
def ping(run_id: int, kind: str, tries_left: int) -> None:
    """Call the ping URL of the run's job: the run has begun, succeeded or failed."""
    pings.send(run_id, pings.Ping(kind), tries_left=tries_left)
