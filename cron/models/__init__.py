"""Jobs, their runs, and what the runs send."""

from cron.models.delivery import Delivery, DeliveryQuerySet, DeliveryState
from cron.models.digest import CoordinatorDigest
from cron.models.expiry_reminder import ExpiryReminder, ReminderQuerySet
from cron.models.job import ExpiryCheckJob
from cron.models.mail_minute import MailMinute
from cron.models.mail_quota import MailQuota
from cron.models.reminder import Reminder
from cron.models.run import ExpiryCheckRun, RunStatus, Trigger
from cron.models.snooze import ReminderSnooze, ReminderSnoozeQuerySet

__all__ = [
    "CoordinatorDigest",
    "Delivery",
    "DeliveryQuerySet",
    "DeliveryState",
    "ExpiryCheckJob",
    "ExpiryCheckRun",
    "ExpiryReminder",
    "MailMinute",
    "MailQuota",
    "Reminder",
    "ReminderQuerySet",
    "ReminderSnooze",
    "ReminderSnoozeQuerySet",
    "RunStatus",
    "Trigger",
]
