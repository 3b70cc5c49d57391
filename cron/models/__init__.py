"""Jobs, their runs, and what the runs send."""

from cron.models.delivery import (
    LASTING,
    Delivery,
    DeliveryQuerySet,
    DeliveryState,
    Failure,
)
from cron.models.digest import CoordinatorDigest
from cron.models.expiry_reminder import (
    BY_HAND_STAGE,
    ExpiryReminder,
    ReminderQuerySet,
    day_of,
)
from cron.models.job import ExpiryCheckJob
from cron.models.mail_minute import MailMinute
from cron.models.mail_quota import MailQuota
from cron.models.past_reminder import PastReminder
from cron.models.refused_mailbox import RefusedMailbox
from cron.models.reminder import Reminder, SentReminder
from cron.models.run import ExpiryCheckRun, RunStatus, Trigger
from cron.models.snooze import ReminderSnooze, ReminderSnoozeQuerySet

__all__ = [
    "BY_HAND_STAGE",
    "LASTING",
    "CoordinatorDigest",
    "Delivery",
    "DeliveryQuerySet",
    "DeliveryState",
    "ExpiryCheckJob",
    "ExpiryCheckRun",
    "ExpiryReminder",
    "Failure",
    "MailMinute",
    "MailQuota",
    "PastReminder",
    "RefusedMailbox",
    "Reminder",
    "ReminderQuerySet",
    "ReminderSnooze",
    "ReminderSnoozeQuerySet",
    "RunStatus",
    "SentReminder",
    "Trigger",
    "day_of",
]
