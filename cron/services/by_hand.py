"""What goes out when somebody sends reminders by hand: to whom, at which stage, or why nothing.

1. Where a stage is due and had no reminder, that one goes out; the check has no more to do then.
2. Otherwise the mail is at no stage and uses none up: every stage still has its day.
3. Each certification gets one mail by hand a day, of either sort.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from certifications.models import Certification, CertificationStatus
from cron.certification_kind import CertificationKind
from cron.models import (
    BY_HAND_STAGE,
    DeliveryState,
    Reminder,
    day_of,
)
from cron.services.present import Present, present_of
from cron.services.reminder_plan import Reason

#: A stage with a reminder in one of these states has had its reminder, or has it on its way.
TAKEN = (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.SENT)


@dataclass(frozen=True)
class Choice:
    """The stage at which each is reminded, `BY_HAND_STAGE` for none, and why others are not."""

    stages: Mapping[Certification, int]
    refusals: Mapping[Certification, str]


def choose(rows: Iterable[Certification], *, now: datetime) -> Choice:
    """What a mail by hand to each would be; `now` is in the time zone of the checks.

    The rows are read with mentor and type. The number of queries does not grow with theirs.
    """
    rows = list(rows)
    kind, today = CertificationKind(), now.date()
    present = present_of(rows, states=TAKEN)
    by_hand = Reminder.objects.filter(certification__in=rows, state__in=TAKEN, by_hand_on=today)
    had_one = set(by_hand.values_list("certification_id", flat=True))
    stages: dict[Certification, int] = {}
    refusals: dict[Certification, str] = {}
    for row in rows:
        refusal = _refusal(row, present[row.pk], today)
        if row.pk in had_one:
            refusal = _("A reminder was sent by hand today already.")
        if refusal is not None:
            refusals[row] = refusal
            continue
        due = kind.policy_of(row).stage_at((day_of(row.expires_at) - today).days)
        last_stage = present[row.pk].last_stage
        is_open = due is not None and (last_stage is None or due < last_stage)
        stages[row] = due if due is not None and is_open else BY_HAND_STAGE
    return Choice(stages, refusals)


def _refusal(certification: Certification, present: Present, today: date) -> str | None:
    """What stands against reminding of it at all; see `CertificationKind.reminded`."""
    reason = None
    if certification.status == CertificationStatus.SUSPENDED:
        reason = Reason.SUSPENDED
    elif certification.status == CertificationStatus.REVOKED:
        reason = Reason.REVOKED
    elif (
        certification.status == CertificationStatus.EXPIRED
        and day_of(certification.expires_at) > today
    ):
        reason = Reason.DECLARED_EXPIRED
    elif present.snoozed_until is not None and present.snoozed_until > today:
        reason = Reason.SNOOZED
    elif not certification.mentor.email:
        reason = Reason.NO_ADDRESS
    return str(reason.label) if reason else None
