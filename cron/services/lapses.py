"""The dead man's switch: noticing that a job did not run, and telling the administrators, once.

1. A job lapses when a slot's grace time is over and no run that did the work began since the slot.
2. `watch` writes the slot into the job's row by a conditional UPDATE: whoever changed the row has
   the lapse, and a mail becomes due. The lapse lasts until a run does the work.
3. Taking a due mail moves the moment on, by a conditional UPDATE as well: one worker sends it. If
   that fails or the worker dies, it is due again then.

When no worker runs nobody gets a mail: then `/readyz`, the metrics and the monitor that is pinged
tell it.
"""

from __future__ import annotations

import smtplib
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import EmailMultiAlternatives
from django.db import DatabaseError
from django.urls import reverse

from config.api.roles import ADMIN
from config.mail import compose_mail
from cron.models import ExpiryCheckJob

logger = structlog.get_logger(__name__)

#: After this time a mail that was taken and not sent is due again.
RETRY = timedelta(minutes=10)


class Overdue(NamedTuple):
    job: ExpiryCheckJob
    slot: datetime  #: the first that was missed
    seconds: float  #: since its grace time was over


def overdue_jobs(now: datetime) -> list[Overdue]:
    """The enabled jobs that did not run within their grace time; one query."""
    jobs = ExpiryCheckJob.objects.enabled().with_last_good_run().select_related("periodic_task")
    overdue = []
    for job in jobs.order_by("pk"):
        slot = job.missed_slot(now)
        if slot is not None:
            late = now - slot - timedelta(seconds=job.grace_seconds)
            overdue.append(Overdue(job, slot, late.total_seconds()))
    return overdue


def watch(*, now: datetime) -> None:
    """Write down which jobs have lapsed, each with a mail that is due, and which run again."""
    overdue = overdue_jobs(now)
    for job, slot, _seconds in overdue:
        row = ExpiryCheckJob.objects.filter(pk=job.pk, lapsed_slot__isnull=True)
        if row.update(lapsed_slot=slot, lapse_notice_due_at=now):
            logger.error("job_missed", job=job.public_id, slot=slot)
    lapsed = ExpiryCheckJob.objects.filter(lapsed_slot__isnull=False)
    over = lapsed.exclude(pk__in=[each.job.pk for each in overdue])
    over.update(lapsed_slot=None, lapse_notice_due_at=None)


def send_due_notices(*, now: datetime) -> int:
    """Send the mails that are due, once each; returns how many went out."""
    due = ExpiryCheckJob.objects.filter(lapse_notice_due_at__lte=now, lapsed_slot__isnull=False)
    return sum(_send(job, now) for job in due.order_by("pk"))


def _send(job: ExpiryCheckJob, now: datetime) -> bool:
    rows = ExpiryCheckJob.objects.filter(pk=job.pk, lapsed_slot=job.lapsed_slot)
    taken = rows.filter(lapse_notice_due_at=job.lapse_notice_due_at)
    if not taken.update(lapse_notice_due_at=now + RETRY):
        return False
    message = None
    try:
        message = _compose(job)
        if message is not None:
            message.send()
    except (smtplib.SMTPException, OSError) as error:
        logger.warning("mail_failed", job=job.public_id, error=str(error))
        return False
    except DatabaseError:
        raise  # it is due again
    except Exception:
        # It can't be written, today or later; the notices after it can.
        logger.exception("mail_broke", job=job.public_id)
        message = None
    rows.filter(lapse_notice_due_at=now + RETRY).update(lapse_notice_due_at=None)
    return message is not None


def _name_in_mails(job: ExpiryCheckJob) -> str:
    """Its number alone where the API is open: there anybody names jobs."""
    return job.public_id if settings.PUBLIC_API == "open" else f"{job.name} ({job.public_id})"


def _compose(job: ExpiryCheckJob) -> EmailMultiAlternatives | None:
    """The mail to the accounts of group `admin`; None where none of them has an address."""
    admins = get_user_model().objects.filter(groups__name=ADMIN, is_active=True)
    recipients = sorted(set(admins.exclude(email="").values_list("email", flat=True)))
    if not recipients or job.lapsed_slot is None:
        return None
    page = reverse("admin:cron_expirycheckjob_change", args=[job.pk])
    return compose_mail(
        "cron/mail/lapse",
        {
            "job": _name_in_mails(job),
            "slot": job.lapsed_slot,
            "page": f"{settings.PUBLIC_URL}{page}" if settings.PUBLIC_URL else "",
        },
        recipients=recipients,
        language=settings.LANGUAGE_CODE,
        message_id_local=f"job-{job.pk}-missed-{job.lapsed_slot:%Y%m%d%H%M%S}",
    )
