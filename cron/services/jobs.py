"""Jobs and the django-celery-beat rows that fire them.

Rows change through `save()`, which is how a running beat gets to know of it.
"""

from __future__ import annotations

import json
import uuid
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from config.errors import InvalidError
from config.outbound.targets import TargetRefused, parse_url
from cron.errors import JobNameTaken, JobNotFound
from cron.models import ExpiryCheckJob
from cron.models.job import CRON_ID, DEFAULT_GRACE_SECONDS
from cron.schedule import CronSchedule, InvalidCronExpression

TASK = "cron.tasks.run_scheduled_check"


def find_job(public_id: str) -> ExpiryCheckJob:
    """The job of that public id; `JobNotFound`."""
    number = CRON_ID.parse(public_id)
    job = ExpiryCheckJob.objects.select_related("periodic_task").filter(pk=number).first()
    if job is None:
        raise JobNotFound(public_id)
    return job


def parse_schedule(cron_expression: str, timezone: str) -> CronSchedule:
    """The checked schedule; `InvalidError` on `cron_expression` otherwise."""
    try:
        return CronSchedule.parse(cron_expression, ZoneInfo(timezone))
    except InvalidCronExpression as error:
        raise InvalidError.of_field("cron_expression", str(error)) from error


def check_ping_url(url: str) -> None:
    """`InvalidError` on `ping_url` where it may not be called; an empty one is for none."""
    if not url:
        return
    try:
        parse_url(url)
    except TargetRefused as error:
        raise InvalidError.of_field("ping_url", str(error)) from error


@transaction.atomic
def create_job(
    *,
    name: str,
    cron_expression: str,
    now: datetime,
    timezone: str = "UTC",
    enabled: bool = True,
    grace_seconds: int = DEFAULT_GRACE_SECONDS,
    ping_url: str = "",
) -> ExpiryCheckJob:
    """Make a job; beat fires it from the next slot on. `JobNameTaken`, `InvalidError`."""
    schedule = parse_schedule(cron_expression, timezone)
    check_ping_url(ping_url)
    crontab = CrontabSchedule.objects.create(timezone=schedule.timezone, **schedule.celery_fields)
    # Both rows need the other's key: the task gets its final name once the job has a number.
    task = PeriodicTask.objects.create(
        name=f"expiry check {uuid.uuid4()}", task=TASK, crontab=crontab, enabled=enabled
    )
    job = ExpiryCheckJob(
        name=name,
        cron_expression=schedule.expression,
        timezone=timezone,
        periodic_task=task,
        created_at=now,
        updated_at=now,
        scheduled_since=now,
        grace_seconds=grace_seconds,
        ping_url=ping_url,
    )
    _save(job)
    task.name = f"expiry check {job.public_id}"
    task.args = json.dumps([job.pk])
    task.save()
    return job


@transaction.atomic
def update_job(
    *,
    job: ExpiryCheckJob,
    now: datetime,
    name: str | None = None,
    cron_expression: str | None = None,
    timezone: str | None = None,
    enabled: bool | None = None,
    grace_seconds: int | None = None,
    ping_url: str | None = None,
) -> ExpiryCheckJob:
    """Change what is given. A changed schedule or re-enabling owes no slot before `now`."""
    job = _locked(job)
    schedule = parse_schedule(
        job.cron_expression if cron_expression is None else cron_expression,
        job.timezone if timezone is None else timezone,
    )
    task = job.periodic_task
    was_enabled = task.enabled
    task.enabled = was_enabled if enabled is None else enabled
    job.name = job.name if name is None else name
    if schedule != job.schedule or (task.enabled and not was_enabled):
        job.scheduled_since = now
    job.cron_expression, job.timezone = schedule.expression, str(schedule.timezone)
    job.grace_seconds = job.grace_seconds if grace_seconds is None else grace_seconds
    if ping_url is not None:
        check_ping_url(ping_url)
        job.ping_url = ping_url
    job.updated_at = now
    _save(job)
    crontab = task.crontab
    for field, value in schedule.celery_fields.items():
        setattr(crontab, field, value)
    crontab.timezone = schedule.timezone
    crontab.save()
    task.save()
    return job


@transaction.atomic
def delete_job(*, job: ExpiryCheckJob) -> None:
    """Delete a job and its beat rows. Its past runs stay, without a job."""
    job = _locked(job)
    task = job.periodic_task
    crontab = task.crontab
    job.delete()
    task.delete()
    if crontab is not None:
        crontab.delete()


def _locked(job: ExpiryCheckJob) -> ExpiryCheckJob:
    """The job's row as it is now, locked; `JobNotFound` if it was deleted meanwhile."""
    row = ExpiryCheckJob.objects.select_for_update().filter(pk=job.pk).first()
    if row is None:
        raise JobNotFound(job.public_id)
    return row


def _save(job: ExpiryCheckJob) -> None:
    try:
        with transaction.atomic():
            job.save()
    except IntegrityError as error:
        if ExpiryCheckJob.objects.filter(name=job.name).exclude(pk=job.pk).exists():
            raise JobNameTaken(job.name) from error
        raise
