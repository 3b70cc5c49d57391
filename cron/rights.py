"""What coordinators may see of checks: the jobs, the runs, and what went to their mentors."""

from __future__ import annotations

from config.api.roles import COORDINATOR
from config.rights import grant


def register() -> None:
    grant(
        COORDINATOR,
        "cron.view_expirycheckjob",
        "cron.view_expirycheckrun",
        "cron.view_reminder",
        "cron.view_coordinatordigest",
    )
