"""What cron adds to the pages of certifications: the next reminder, why, and sending at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from certifications.models import Certification, CertificationStatus
from config.desk.extensions import ListAction, ListColumn, RowLink, extend
from cron.models import DeliveryState, Reminder, ReminderSnooze
from cron.stages import stages_of

if TYPE_CHECKING:
    from django.db.models import Model


class NextReminder(ListColumn):
    """The day on which the next stage is due that has had no reminder, or what keeps it back."""

    name = "next_reminder"
    description = gettext_lazy("next reminder")

    def values(self, rows: Sequence[Certification], now: datetime) -> Mapping[Any, object]:
        today = now.astimezone(UTC).date()
        snoozes = {
            (snooze.certification_id, snooze.expires_at): snooze
            for snooze in ReminderSnooze.objects.in_force(now).filter(certification__in=rows)
        }
        taken: dict[tuple[int, datetime], int] = {}
        told = Reminder.objects.filter(certification__in=rows).exclude(
            state=DeliveryState.SUPERSEDED
        )
        for key, expires_at, stage in told.values_list("certification", "expires_at", "stage"):
            taken[key, expires_at] = min(stage, taken.get((key, expires_at), stage))
        shown: dict[Any, object] = {}
        for row in rows:
            snooze = snoozes.get((row.pk, row.expires_at))
            if row.status in (CertificationStatus.SUSPENDED, CertificationStatus.REVOKED):
                shown[row.pk] = "-"
            elif snooze is not None:
                day = date_format(snooze.until, "SHORT_DATE_FORMAT")
                shown[row.pk] = _("snoozed until %(day)s") % {"day": day}
            else:
                tightest = taken.get((row.pk, row.expires_at))
                first = today
                if row.status == CertificationStatus.EXPIRED:
                    # Declared expired before its date, it is reminded of from that day on.
                    first = max(today, row.expires_at.astimezone(UTC).date())
                left = [
                    max(stage.begins, first)
                    for stage in stages_of(row)
                    if stage.ends > first and (tightest is None or stage.days < tightest)
                ]
                shown[row.pk] = date_format(left[0], "SHORT_DATE_FORMAT") if left else "-"
        return shown


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
