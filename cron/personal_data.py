"""What the expiry check holds of a person."""

from __future__ import annotations

from config.personal_data import belongs, erased, leave_out, nobody
from cron.models import (
    CoordinatorDigest,
    ExpiryCheckJob,
    ExpiryCheckRun,
    MailMinute,
    MailQuota,
    RefusedMailbox,
    Reminder,
    ReminderSnooze,
    SentReminder,
)
from cron.services import mail_quota, mailboxes


def register() -> None:
    """Say it of each table of the check."""
    belongs(Reminder, "certification__mentor", what="mails to the person, and what servers said")
    belongs(
        ReminderSnooze,
        "certification__mentor",
        what="why the person was not reminded, which may speak of health",
    )
    erased(
        SentReminder,
        what="which reminders of deleted certifications went out",
        erase=lambda person: SentReminder.objects.filter(mentor_id=person.key).delete(),
    )
    erased(
        MailQuota,
        what="how many mails the address got, by its keyed hash",
        erase=lambda person: mail_quota.forget(person.addresses),
    )
    erased(
        RefusedMailbox,
        what="that a server refused the address, by its keyed hash, and what it said",
        erase=lambda person: mailboxes.forget(person.addresses),
    )
    erased(
        CoordinatorDigest,
        what="errors, which may repeat what a mail was about",
        erase=leave_out(CoordinatorDigest.objects.all(), "error"),
    )
    erased(
        ExpiryCheckRun,
        what="why a run failed, which may repeat values of a row",
        erase=leave_out(ExpiryCheckRun.objects.all(), "failure"),
    )
    nobody(ExpiryCheckJob, MailMinute, why="When checks run, and how many mails go out.")
