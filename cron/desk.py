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
from cron.models import DeliveryState, day_of
from cron.services.present import present_of
from cron.services.zones import in_zone_of_checks
from cron.stages import stages_of

if TYPE_CHECKING:
    from django.db.models import Model


#: The states of reminders that are not to be expected any more.
TOLD = [state for state in DeliveryState if state != DeliveryState.SUPERSEDED]


class NextReminder(ListColumn):
    """The day on which the next stage is due that has had no reminder, or what keeps it back."""

    name = "next_reminder"
    description = gettext_lazy("next reminder")

    def values(self, rows: Sequence[Certification], now: datetime) -> Mapping[Any, object]:
        today = in_zone_of_checks(now).date()
        present = present_of(rows, states=TOLD)
        shown: dict[Any, object] = {}
        for row in rows:
            until, last_stage = present[row.pk].snoozed_until, present[row.pk].last_stage
            if row.status in (CertificationStatus.SUSPENDED, CertificationStatus.REVOKED):
                shown[row.pk] = "-"
            elif until is not None and until > today:
                day = date_format(until, "SHORT_DATE_FORMAT")
                shown[row.pk] = _("snoozed until %(day)s") % {"day": day}
            else:
                first = today
                if row.status == CertificationStatus.EXPIRED:
                    # Declared expired before its date, it is reminded of from that day on.
                    first = max(today, day_of(row.expires_at))
                left = [
                    max(stage.begins, first)
                    for stage in stages_of(row)
                    if stage.ends > first and (last_stage is None or stage.days < last_stage)
                ]
                shown[row.pk] = date_format(left[0], "SHORT_DATE_FORMAT") if left else "-"
        return shown


def _send_now(request: HttpRequest, rows: QuerySet[Any]) -> HttpResponse | None:
    from cron.admin.send_now import send_now  # the admin is loaded after the apps

    return send_now(request, rows)


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
