"""What `/readyz` says of jobs."""

from __future__ import annotations

from django.utils import timezone

from config.health import register_advice
from cron.services.lapses import overdue_jobs


def register() -> None:
    """Have `/readyz` name the jobs that are overdue; anybody may read it, so by their ids alone."""
    register_advice("jobs", _jobs)


def _jobs() -> str:
    overdue = overdue_jobs(timezone.now())
    if not overdue:
        return "ok"
    words = [f"{job.public_id} has missed {slot:%Y-%m-%dT%H:%M:%SZ}" for job, slot, _ in overdue]
    return "; ".join(words)
