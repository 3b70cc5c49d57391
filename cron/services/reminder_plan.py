"""Why a reminder went out, will go out, or will not: the plan of one certification."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import models
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from certifications.models import EXPIRED_STAGE, Certification, CertificationStatus
from cron.models import (
    DeliveryState,
    ExpiryCheckJob,
    Reminder,
    ReminderSnooze,
    RunStatus,
    day_of,
)
from cron.services.present import present_of
from cron.services.zones import in_zone_of_checks, zone_of_checks
from cron.stages import Stage, days_after, stages_of


class PlanState(models.TextChoices):
    """What became or will become of a stage: the states of reminders, and two that have no row."""

    PLANNED = "planned", gettext_lazy("planned")
    SKIPPED = "skipped", gettext_lazy("skipped")
    PENDING = "pending", gettext_lazy("pending")
    SENDING = "sending", gettext_lazy("sending")
    SENT = "sent", gettext_lazy("sent")
    FAILED = "failed", gettext_lazy("failed")
    SUPERSEDED = "superseded", gettext_lazy("superseded")


class Reason(models.TextChoices):
    """Why a reminder does not go out, or not at its time."""

    NO_ADDRESS = "no_address", gettext_lazy("The mentor has no email address.")
    SUSPENDED = "suspended", gettext_lazy("The certification is suspended.")
    REVOKED = "revoked", gettext_lazy("The certification is revoked.")
    DECLARED_EXPIRED = (
        "declared_expired",
        gettext_lazy("The certification was declared expired before its date."),
    )
    SNOOZED = "snoozed", gettext_lazy("Reminders are snoozed.")
    RENEWED = "renewed", gettext_lazy("The certification was renewed: this expiry is past.")
    PASSED = "passed", gettext_lazy("Its days went by without a check that reminded of it.")
    TIGHTER_SENT = "tighter_sent", gettext_lazy("A later stage has had its reminder already.")
    SENT_BEFORE = (
        "sent_before",
        gettext_lazy("It went out before the certification was deleted and entered again."),
    )
    POLICY = "policy", gettext_lazy("The type of the certification has no such reminder.")
    NO_JOB = "no_job", gettext_lazy("No job is enabled that would send it.")
    NO_CHECK = "no_check", gettext_lazy("No check runs while this stage is due.")


@dataclass(frozen=True)
class PlannedReminder:
    """One stage of one expiry. `stage` is in days before expiry, -1 for the notice after it.

    `due_on` is the day from which the stage is due; `expected_at` when a check takes it up,
    if one will, and sends it where there is no `reason`; `settled_at` when it was sent or given up.
    """

    stage: int
    expires_at: datetime
    due_on: date
    state: PlanState
    expected_at: datetime | None = None
    settled_at: datetime | None = None
    recipient: str = ""
    run_id: str | None = None
    reason: Reason | None = None
    detail: str = ""

    @property
    def explanation(self) -> str:
        """The reason in words, with what is known beyond it."""
        parts = [str(self.reason.label) if self.reason else "", self.detail]
        return " ".join(filter(None, parts))


def plan_of(certification: Certification, *, now: datetime) -> list[PlannedReminder]:
    """Every reminder of the certification, past and to come, by expiry and stage.

    It holds as long as nobody changes the certification or its type: what a check at each slot of
    the enabled jobs would do. The certification is read with its mentor and type. Mails at no
    stage are left out.
    """
    reminders = list(
        Reminder.objects.at_a_stage()
        .filter(certification=certification)
        .select_related("run")
        .order_by("expires_at", "-stage")
    )
    expires_on = day_of(certification.expires_at)
    earlier = [_earlier(each) for each in reminders if each.expiry_date != expires_on]
    current = {each.stage: each for each in reminders if each.expiry_date == expires_on}
    jobs = list(ExpiryCheckJob.objects.enabled().select_related("periodic_task").order_by("pk"))
    outlook = _Outlook(certification, current, jobs, now.astimezone(zone_of_checks(jobs)))
    known = [outlook.entry(stage) for stage in stages_of(certification)]
    # Stages that the type had and has no more.
    listed = {stage.stage for stage in known}
    dropped = [outlook.stored(each) for each in current.values() if each.stage not in listed]
    if EXPIRED_STAGE not in listed | current.keys():
        dropped.append(outlook.no_notice())
    return [*earlier, *sorted([*known, *dropped], key=lambda each: -each.stage)]


def snooze_of(certification: Certification, *, now: datetime) -> ReminderSnooze | None:
    """The snooze of its present expiry that is in force."""
    in_force = ReminderSnooze.objects.in_force(in_zone_of_checks(now))
    return in_force.of_present_expiry().filter(certification=certification).first()


def _earlier(reminder: Reminder) -> PlannedReminder:
    """A reminder of an expiry that a renewal has left behind."""
    is_sent = reminder.state == DeliveryState.SENT
    return _from_row(reminder, reason=None if is_sent else Reason.RENEWED)


def _is_taken_care_of(reminder: Reminder) -> bool:
    """It went out, or the run that is to send it goes on; what a run left behind is not."""
    if reminder.state in (DeliveryState.PENDING, DeliveryState.SENDING):
        return reminder.run.status == RunStatus.RUNNING
    return reminder.state == DeliveryState.SENT


def _from_row(
    reminder: Reminder,
    *,
    reason: Reason | None = None,
    expected_at: datetime | None = None,
    detail: str = "",
    state: PlanState | None = None,
) -> PlannedReminder:
    return PlannedReminder(
        stage=reminder.stage,
        expires_at=reminder.expires_at,
        due_on=days_after(reminder.expiry_date, -reminder.stage),
        state=state or PlanState(reminder.state),
        expected_at=expected_at,
        settled_at=reminder.settled_at,
        recipient=reminder.recipient,
        run_id=reminder.run.public_id,
        reason=reason,
        detail=detail or reminder.error,
    )


class _Outlook:
    """What the checks to come will make of the stages of the present expiry."""

    def __init__(
        self,
        certification: Certification,
        reminders: dict[int, Reminder],
        jobs: list[ExpiryCheckJob],
        now: datetime,
    ) -> None:
        """`now` is in the time zone of the checks."""
        self.certification = certification
        self.reminders = reminders
        self.jobs = jobs
        self.present = present_of([certification], states=[])[certification.pk]
        self.now = now
        self.tightest_taken = min(
            (stage for stage, reminder in reminders.items() if _is_taken_care_of(reminder)),
            default=None,
        )

    def entry(self, stage: Stage) -> PlannedReminder:
        """What became or will become of a stage that the type has."""
        reminder = self.reminders.get(stage.days)
        if reminder is not None and _is_taken_care_of(reminder):
            return _from_row(reminder)
        slot = self._slot(stage)
        reason = self._obstacle(stage, slot)
        if reminder is None:
            return self._of_no_row(stage, slot, reason)
        if reason in (None, Reason.NO_ADDRESS) and slot is not None:
            # The next check takes it up again.
            state = PlanState.PLANNED if reminder.state == DeliveryState.SUPERSEDED else None
            return _from_row(reminder, reason=reason, expected_at=slot, state=state)
        detail = self._snoozed_until() if reason == Reason.SNOOZED else ""
        return _from_row(reminder, reason=reason, detail=detail)

    def stored(self, reminder: Reminder) -> PlannedReminder:
        """A reminder of a stage that the type has no more."""
        return _from_row(reminder, reason=None if _is_taken_care_of(reminder) else Reason.POLICY)

    def no_notice(self) -> PlannedReminder:
        """Why nothing goes out after expiry where the type has no such notice."""
        return PlannedReminder(
            stage=EXPIRED_STAGE,
            expires_at=self.certification.expires_at,
            due_on=days_after(self._expiry_day, -EXPIRED_STAGE),
            state=PlanState.SKIPPED,
            recipient=self.certification.mentor.email,
            reason=Reason.POLICY,
        )

    def _of_no_row(
        self, stage: Stage, slot: datetime | None, reason: Reason | None
    ) -> PlannedReminder:
        stays_planned = reason in (None, Reason.NO_ADDRESS, Reason.NO_JOB)
        return PlannedReminder(
            stage=stage.days,
            expires_at=self.certification.expires_at,
            due_on=stage.begins,
            state=PlanState.PLANNED if stays_planned else PlanState.SKIPPED,
            expected_at=slot if stays_planned else None,
            recipient=self.certification.mentor.email,
            reason=reason,
            detail=self._snoozed_until() if reason == Reason.SNOOZED else "",
        )

    def _obstacle(self, stage: Stage, slot: datetime | None) -> Reason | None:
        """What stands against the stage: first what rules it out for good, then what may change."""
        certification, today = self.certification, self.now.date()
        if self.present.sent_before is not None and stage.days >= self.present.sent_before:
            return Reason.SENT_BEFORE
        if self.tightest_taken is not None and stage.days > self.tightest_taken:
            return Reason.TIGHTER_SENT
        if stage.ends <= today:
            return Reason.PASSED
        if certification.status == CertificationStatus.SUSPENDED:
            return Reason.SUSPENDED
        if certification.status == CertificationStatus.REVOKED:
            return Reason.REVOKED
        if self._declared_expired and stage.ends <= self._expiry_day:
            return Reason.DECLARED_EXPIRED
        if self._snoozed_until_end_of(stage):
            return Reason.SNOOZED
        if not self.jobs:
            return Reason.NO_JOB
        if slot is None:
            return Reason.NO_CHECK
        return Reason.NO_ADDRESS if not certification.mentor.email else None

    def _slot(self, stage: Stage) -> datetime | None:
        """The first check at which the stage is due and not snoozed; None where there is none."""
        begins = stage.begins
        if self._declared_expired:
            begins = max(begins, self._expiry_day)
        if self.present.snoozed_until is not None:
            begins = max(begins, self.present.snoozed_until)
        slots = (self._slot_of(job, begins, stage.ends) for job in self.jobs)
        return min(filter(None, slots), default=None)

    def _slot_of(self, job: ExpiryCheckJob, begins: date, ends: date) -> datetime | None:
        """The job's first check from the day `begins` to before `ends`, by its own clock."""
        zone = ZoneInfo(job.timezone)
        over = datetime.combine(ends, time(), tzinfo=zone)
        if over <= self.now:
            return None
        # A check at midnight itself belongs to the new day.
        midnight = datetime.combine(begins, time(), tzinfo=zone)
        first = job.schedule.next_after(max(self.now, midnight - timedelta(seconds=1)))
        return first if first < over else None

    @property
    def _declared_expired(self) -> bool:
        """Stored as expired: until its day comes nobody is reminded of it."""
        return self.certification.status == CertificationStatus.EXPIRED

    @property
    def _expiry_day(self) -> date:
        return day_of(self.certification.expires_at)

    def _snoozed_until_end_of(self, stage: Stage) -> bool:
        until = self.present.snoozed_until
        return until is not None and until >= stage.ends

    def _snoozed_until(self) -> str:
        until, reason = self.present.snoozed_until, self.present.snooze_reason
        if until is None:
            return ""
        return _("Until %(day)s: %(reason)s") % {
            "day": date_format(until, "DATE_FORMAT"),
            "reason": reason,
        }
