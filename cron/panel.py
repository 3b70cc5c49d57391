"""Checks on the home page: when they ran and will, and what could not be sent."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Count, Sum
from django.db.models.functions import TruncDate
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from certifications.models import Certification
from certifications.models.certification_type import start_of_day
from config.desk.paginator import capped_count
from config.desk.panels import Bar, Chart, Panel, Tile, short_day
from config.rights import is_limited
from cron.expiring import kinds
from cron.models import DeliveryState, ExpiryCheckJob, ExpiryCheckRun, Reminder, RunStatus

DAYS = 30
TONES = {
    RunStatus.SUCCESS: "success",
    RunStatus.PARTIAL: "warning",
    RunStatus.FAILED: "danger",
    RunStatus.RUNNING: "info",
}


class ChecksPanel(Panel):
    permission = "cron.view_expirycheckrun"
    template = "cron/desk/panel.html"
    order = 2

    def context(self, request: HttpRequest, now: datetime) -> dict[str, object]:
        return {
            "id": "checks",
            "title": _("Checks and reminders"),
            "tiles": _tiles(request.user),
            "jobs": _jobs(now),
            "chart": _chart(request.user, now),
        }


def _tiles(account: User | AnonymousUser) -> list[Tile]:
    """Reminders that failed, of every kind that the account may see."""
    tiles = []
    for kind in kinds():
        model = kind.reminder
        if not account.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}"):
            continue
        failed = model.objects.failed()
        if model is Reminder and is_limited(account):
            failed = failed.filter(certification__in=Certification.objects.visible_to(account))
        number = capped_count(failed)
        label = ngettext("%(reminder)s that failed", "%(reminders)s that failed", number) % {
            "reminder": model._meta.verbose_name,
            "reminders": model._meta.verbose_name_plural,
        }
        url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        url = f"{url}?{urlencode({'state__exact': DeliveryState.FAILED.value})}"
        tiles.append(Tile(label, number, url, "urgent"))
    return tiles


def _jobs(now: datetime) -> list[dict[str, object]]:
    """Each job with its latest run and its next, in two queries."""
    jobs = ExpiryCheckJob.objects.with_last_run().select_related("periodic_task").order_by("name")
    return [
        {
            "job": job,
            "url": reverse("admin:cron_expirycheckjob_change", args=[job.pk]),
            "last_run": job.last_run,
            "run_url": job.last_run
            and reverse("admin:cron_expirycheckrun_change", args=[job.last_run.pk]),
            "tone": TONES[RunStatus(job.last_run.status)] if job.last_run else "",
            "next_run_at": job.next_run_at(now),
        }
        for job in jobs
    ]


def _chart(account: User | AnonymousUser, now: datetime) -> Chart:
    first = start_of_day(now, 1 - DAYS)
    sent = _sent_to_own(account, first) if is_limited(account) else _sent(first)
    listed = reverse("admin:cron_reminder_changelist")
    bars = []
    for day in (first.date() + timedelta(days=offset) for offset in range(DAYS)):
        number = sent[day]
        label = ngettext(
            "%(day)s: %(number)d reminder sent", "%(day)s: %(number)d reminders sent", number
        ) % {"day": date_format(day, "DATE_FORMAT"), "number": number}
        filters = urlencode(
            {
                "settled_at__year": day.year,
                "settled_at__month": day.month,
                "settled_at__day": day.day,
            }
        )
        short = short_day(day) if (day - first.date()).days % 7 == 0 else ""
        bars.append(Bar(label, number, f"{listed}?{filters}", short))
    title = _("Reminders sent per day, the last %(days)d days") % {"days": DAYS}
    return Chart(title, bars)


def _sent(first: datetime) -> Counter[date]:
    """Reminders sent by day (UTC) of their run, from the runs' own figures."""
    days = (
        ExpiryCheckRun.objects.filter(started_at__gte=first)
        .values(day=TruncDate("started_at", tzinfo=UTC))
        .annotate(number=Sum("reminders_sent"))
    )
    return Counter({row["day"]: row["number"] or 0 for row in days})


def _sent_to_own(account: User | AnonymousUser, first: datetime) -> Counter[date]:
    """Reminders sent by day (UTC) to the mentors of the account's own organisations."""
    own = Certification.objects.visible_to(account)
    days = (
        Reminder.objects.sent()
        .filter(certification__in=own, settled_at__gte=first)
        .values(day=TruncDate("settled_at", tzinfo=UTC))
        .annotate(number=Count("pk"))
    )
    return Counter({row["day"]: row["number"] for row in days})
