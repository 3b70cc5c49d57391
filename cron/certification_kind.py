"""Certifications, the first of the kinds that the check reminds of."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from certifications.models import (
    Certification,
    CertificationStatus,
    CertificationType,
    Coordinator,
)
from certifications.models.certification_type import start_of_day
from certifications.services import expire_overdue
from cron.expiring import (
    ExpiringKind,
    NoAddress,
    Policy,
    ReminderMail,
    Superseded,
    policies_by,
)
from cron.models import Reminder, ReminderSnooze


class CertificationKind(ExpiringKind[Certification, Reminder]):
    """Mentors are reminded of their certifications, by the stages of each type."""

    reminder = Reminder
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
        snoozed = ReminderSnooze.objects.in_force(now).filter(
            certification=OuterRef("pk"), expires_at=OuterRef("expires_at")
        )
        return Certification.objects.filter(
            Q(status=CertificationStatus.ACTIVE)
            | Q(status=CertificationStatus.EXPIRED, expires_at__lt=start_of_day(now, 1)),
            ~Exists(snoozed),
        )

    def mail(self, reminder: Reminder) -> ReminderMail:
        """The mail to the mentor, which names the coordinators to ask."""
        certification = reminder.certification
        mentor = certification.mentor
        if certification.status not in (CertificationStatus.ACTIVE, CertificationStatus.EXPIRED):
            raise Superseded
        snooze = getattr(certification, "reminder_snooze", None)
        if snooze is not None and snooze.holds(reminder.run.started_at.astimezone(UTC).date()):
            raise Superseded
        if not mentor.email:
            raise NoAddress("The mentor has no email address.")
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
