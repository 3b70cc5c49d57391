"""Certifications, the first of the kinds that the check reminds of."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_noop

from certifications.models import (
    Certification,
    CertificationStatus,
    CertificationType,
    Coordinator,
)
from certifications.services import expire_overdue
from config.dates import midnight
from cron.expiring import (
    ExpiringKind,
    NoAddress,
    Policy,
    ReminderMail,
    Superseded,
    policies_by,
)
from cron.models import Reminder, ReminderSnooze, SentReminder


class CertificationKind(ExpiringKind[Certification, Reminder]):
    """Mentors are reminded of their certifications, by the stages of each type."""

    reminder = Reminder
    past = SentReminder
    is_capped = True
    related = (
        "certification__mentor__organisation",
        "certification__certification_type",
        "certification__reminder_snooze",
    )

    def __init__(self) -> None:
        #: By organisation, once they are read; None where nothing is to be kept.
        self._coordinators: dict[str | None, Iterable[Coordinator]] | None = None

    def for_batch(self) -> CertificationKind:
        kind = CertificationKind()
        kind._coordinators = {}
        return kind

    def policies(self) -> list[Policy]:
        types = CertificationType.objects.values_list(
            "code", "reminder_stages", "expired_notice_days"
        )
        return policies_by("certification_type", types)

    def reminded(self, now: datetime) -> QuerySet[Certification]:
        """Suspended and revoked ones are not, nor one that was declared expired before its date.

        Nor is one whose reminders are snoozed.
        """
        snoozed = (
            ReminderSnooze.objects.in_force(now)
            .of_present_expiry()
            .filter(certification=OuterRef("pk"))
        )
        # West of UTC the moment may have come while the day has not.
        due = max(midnight(now.date() + timedelta(days=1)), now)
        return Certification.objects.filter(
            Q(status=CertificationStatus.ACTIVE)
            | Q(status=CertificationStatus.EXPIRED, expires_at__lt=due),
            ~Exists(snoozed),
        )

    def policy_of(self, thing: Certification) -> Policy:
        kind = thing.certification_type
        return Policy(tuple(sorted(kind.reminder_stages)), kind.expired_notice_days)

    def is_kept_back(self, reminder: Reminder, today: date) -> bool:
        """Whether its reminders are snoozed."""
        snooze = getattr(reminder.certification, "reminder_snooze", None)
        return snooze is not None and snooze.holds(today)

    def mail(self, reminder: Reminder) -> ReminderMail:
        """The mail to the mentor, which names the coordinators to ask."""
        certification = reminder.certification
        mentor = certification.mentor
        if certification.status not in (CertificationStatus.ACTIVE, CertificationStatus.EXPIRED):
            raise Superseded
        if not mentor.email:
            raise NoAddress(gettext_noop("The mentor has no email address."))
        return ReminderMail(
            template="cron/mail/reminder",
            context={
                "mentor": mentor,
                "certification": certification,
                "type": certification.certification_type.name_in_mails,
                "coordinators": self._coordinators_of(mentor.organisation_id),
            },
            recipients=[mentor.email],
            language=mentor.language,
        )

    def _coordinators_of(self, organisation_id: str | None) -> Iterable[Coordinator]:
        found = Coordinator.objects.filter(organisation=organisation_id)
        if self._coordinators is None:
            return found  # which whoever wants no text of the mail need not read
        return self._coordinators.setdefault(organisation_id, found)

    def overdue(self, now: datetime) -> int:
        return Certification.objects.overdue(now).count()

    def expire_overdue(self, *, now: datetime, limit: int, reason: str) -> int:
        return expire_overdue(now=now, limit=limit, reason=reason)
