"""What coordinators send without waiting for the night: reminders now, and what failed once more.

Both make a run of their own whose plan is written with it; workers send and close it like any
other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from certifications.models import Certification
from cron.errors import NothingToRetry
from cron.models import BY_HAND_STAGE, DeliveryState, ExpiryCheckRun, Reminder, Trigger
from cron.services import bell
from cron.services.by_hand import choose
from cron.services.due import all_due
from cron.services.planning import take_over
from cron.services.runs import open_run
from cron.services.zones import in_zone_of_checks

#: The states of mails that did not go out and are in nobody's hands.
UNSENT = (DeliveryState.FAILED, DeliveryState.SUPERSEDED)
#: Rows that one statement writes.
WRITE_BATCH = 1_000


@dataclass(frozen=True)
class SentNow:
    """The run that sends, None where nothing can be sent, and what stands against the others."""

    run: ExpiryCheckRun | None
    certifications: list[Certification] = field(default_factory=list)
    refusals: Mapping[Certification, str] = field(default_factory=dict)


@transaction.atomic
def send_reminders_now(
    *, certifications: Iterable[Certification], account: User | None, now: datetime
) -> SentNow:
    """Remind of each at once: of the stage that is due, or else at no stage (`by_hand`).

    Every stage still goes out once, each certification gets one mail by hand a day. Refused is what
    the check would not remind of, what is snoozed, and whose mentor has no address. The number of
    statements does not grow with that of certifications, but for every thousand.
    """
    now = in_zone_of_checks(now)
    rows = (
        # Not FOR UPDATE: a check that writes reminders meanwhile holds the key of each.
        Certification.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=[row.pk for row in certifications])
        .select_related("mentor", "certification_type")
        .order_by("pk")
    )
    choice = choose(rows, now=now)
    stages, refusals = choice.stages, dict(choice.refusals)
    if not stages:
        return SentNow(None, [], refusals)
    run = _open_planned_run(account, now)
    _write_reminders(run, stages, now)
    written = set(Reminder.objects.filter(run=run).values_list("certification_id", flat=True))
    # A check that was planned in the same moment may have been first.
    refusals |= {row: _("Its reminder is on its way.") for row in stages if row.pk not in written}
    sent = [row for row in stages if row.pk in written]
    if not sent:
        run.delete()
        return SentNow(None, [], refusals)
    _finish_plan(run, due=len(sent), mentors=len({row.mentor_id for row in sent}))
    return SentNow(run, sent, refusals)


@transaction.atomic
def retry_failed(*, run: ExpiryCheckRun, account: User | None, now: datetime) -> ExpiryCheckRun:
    """Send again, in a new run, what the run failed to send and is still to be reminded of today.

    That is what failed and, where the run itself failed, what it left behind; of mails by hand
    those of today. `NothingToRetry` where there is nothing of the kind.
    """
    now = in_zone_of_checks(now)
    # Whoever asks for the same at the same time finds what is left by then: nothing.
    run = ExpiryCheckRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
    fresh = _open_planned_run(account, now)
    due = 0
    for part in all_due(now):
        unsent = part.left_over().filter(run=run).exclude(state=DeliveryState.SUPERSEDED)
        due += take_over(unsent, fresh, now)
    by_hand = Reminder.objects.filter(run=run, stage=BY_HAND_STAGE, by_hand_on=now.date())
    due += take_over(by_hand.exclude(state=DeliveryState.SUPERSEDED), fresh, now)
    if not due:
        raise NothingToRetry(run.public_id)
    reminded = Reminder.objects.filter(run=fresh)
    mentors = reminded.values("certification__mentor").distinct().count()
    _finish_plan(fresh, due=due, mentors=mentors)
    return fresh


def _write_reminders(
    run: ExpiryCheckRun, stages: Mapping[Certification, int], now: datetime
) -> None:
    """Write the reminders that are new, and take over those that were tried in vain."""
    today = now.date()
    unsent = Reminder.objects.filter(certification__in=[row.pk for row in stages], state__in=UNSENT)
    # What failed does not count as the day's.
    unsent.filter(by_hand_on=today).update(by_hand_on=None)
    Reminder.objects.bulk_create(
        [
            Reminder(
                certification=row,
                expires_at=row.expires_at,
                stage=stage,
                by_hand_on=today,
                run=run,
                next_attempt_at=now,
            )
            for row, stage in stages.items()
        ],
        batch_size=WRITE_BATCH,
        ignore_conflicts=True,
    )
    keys = {(row.pk, stage) for row, stage in stages.items() if stage != BY_HAND_STAGE}
    at_stages = unsent.of_present_expiry().values_list("pk", "certification_id", "stage")
    again = [pk for pk, *key in at_stages if tuple(key) in keys]
    if again:
        take_over(unsent.filter(pk__in=again), run, now)
        Reminder.objects.filter(pk__in=again, run=run).update(by_hand_on=today)


def _open_planned_run(account: User | None, now: datetime) -> ExpiryCheckRun:
    """A run that plans nothing: the caller writes what it sends.

    No worker has taken it up, so it waits for one for as long as the broker is away.
    """
    run = open_run(job=None, trigger=Trigger.ADMIN, now=now, requested_by=account)
    run.planned_at = now
    run.certifications_expired = 0
    run.save(update_fields=["planned_at", "certifications_expired"])
    return run


def _finish_plan(run: ExpiryCheckRun, *, due: int, mentors: int) -> None:
    """Write the figures of the plan and have a worker take it up after commit."""
    run.reminders_due, run.mentors_checked = due, mentors
    run.save(update_fields=["reminders_due", "mentors_checked"])
    transaction.on_commit(lambda: bell.ring_for_planned_run(run.pk))
