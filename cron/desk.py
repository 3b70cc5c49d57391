"""What cron adds to the pages of certifications: the next reminder, why, and sending at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from certifications.models import Certification, CertificationStatus
from config.desk.extensions import ListAction, ListColumn, RowLink, extend
from cron.models import DeliveryState, Reminder, ReminderSnooze, SentReminder, day_of
from cron.services.zones import in_zone_of_checks
from cron.stages import stages_of

if TYPE_CHECKING:
    from django.db.models import Model


class NextReminder(ListColumn):
    """The day on which the next stage is due that has had no reminder, or what keeps it back."""

    name = "next_reminder"
    description = gettext_lazy("next reminder")

    def values(self, rows: Sequence[Certification], now: datetime) -> Mapping[Any, object]:
        now = in_zone_of_checks(now)
        today = now.date()
        in_force = ReminderSnooze.objects.in_force(now).of_present_expiry()
        snoozes = {
            snooze.certification_id: snooze for snooze in in_force.filter(certification__in=rows)
        }
        taken = _tightest_taken(rows)
        shown: dict[Any, object] = {}
        for row in rows:
            snooze = snoozes.get(row.pk)
            if row.status in (CertificationStatus.SUSPENDED, CertificationStatus.REVOKED):
                shown[row.pk] = "-"
            elif snooze is not None:
                day = date_format(snooze.until, "SHORT_DATE_FORMAT")
                shown[row.pk] = _("snoozed until %(day)s") % {"day": day}
            else:
                tightest = taken.get(row.pk)
                first = today
                if row.status == CertificationStatus.EXPIRED:
                    # Declared expired before its date, it is reminded of from that day on.
                    first = max(today, day_of(row.expires_at))
                left = [
                    max(stage.begins, first)
                    for stage in stages_of(row)
                    if stage.ends > first and (tightest is None or stage.days < tightest)
                ]
                shown[row.pk] = date_format(left[0], "SHORT_DATE_FORMAT") if left else "-"
        return shown


def _tightest_taken(rows: Sequence[Certification]) -> dict[int, int]:
    """The tightest stage of its present expiry that each has had, if any, in two queries."""
    told = (
        Reminder.objects.at_a_stage()
        .of_present_expiry()
        .filter(certification__in=rows)
        .exclude(state=DeliveryState.SUPERSEDED)
    )
    stages = [*told.values_list("certification", "stage"), *SentReminder.objects.of_all(rows)]
    taken: dict[int, int] = {}
    for key, stage in stages:
        taken[key] = min(stage, taken.get(key, stage))
    return taken


def _send_now(request: HttpRequest, rows: QuerySet[Any]) -> HttpResponse | None:
    from cron.admin.plan_page import send_now  # the admin is loaded after the apps

    send_now(request, rows)
    return None


def _why(certification: Model) -> str:
    from cron.admin.plan_page import page_url

    if not isinstance(certification, Certification):
        raise TypeError(certification)
    return page_url(certification)


def register() -> None:
    extend(
        Certification,
        columns=[NextReminder()],
        actions=[
            ListAction(
                "send_reminder_now",
                gettext_lazy("Send reminder now"),
                "certifications.change_certification",
                _send_now,
            )
        ],
        links=[
            RowLink(
                gettext_lazy("Why? The plan of its reminders"),
                "certifications.view_certification",
                _why,
            )
        ],
    )
