"""Beat's scheduler: django-celery-beat's, with cron rows due at the slots that `next_run_at` names.

Celery's own crontab fires at other moments when summer time begins, and over and over through the
hour that comes twice when it ends. And a clock that was ahead and is set back leaves beat resting
until it is there again; ours goes on by the right time.
"""

from __future__ import annotations

import signal
from datetime import datetime, timedelta
from typing import Any

import structlog
from celery.schedules import schedstate
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule
from django_celery_beat.schedulers import DatabaseScheduler, ModelEntry

from cron.schedule import CronSchedule

logger = structlog.get_logger(__name__)

STOP_SIGNALS = {signal.SIGTERM, signal.SIGINT}
#: Smaller steps back make nothing late that matters.
CLOCK_TOLERANCE = timedelta(seconds=5)


def schedule_of(row: CrontabSchedule) -> CronSchedule:
    """The schedule in a row of beat's."""
    fields = (row.minute, row.hour, row.day_of_month, row.month_of_year, row.day_of_week)
    return CronSchedule(" ".join(fields), row.timezone)


class SlotEntry(ModelEntry):
    def is_due(self) -> schedstate:
        """Whether a slot came since the entry last ran, and the seconds until the next one."""
        now = timezone.now()
        # It can't have run later than now: the clock was ahead.
        self.last_run_at: datetime = min(self.last_run_at, now)
        if self.model.crontab is None or not self.model.enabled:
            state: schedstate = super().is_due()
            return state
        schedule = schedule_of(self.model.crontab)
        due = schedule.next_after(self.last_run_at) <= now
        return schedstate(due, (schedule.next_after(now) - now).total_seconds())


class SlotScheduler(DatabaseScheduler):
    Entry = SlotEntry
    _ticked_at: datetime | None = None

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Fire what is due; returns the seconds until there may be more."""
        now = timezone.now()
        if self._ticked_at is not None and self._ticked_at - now > CLOCK_TOLERANCE:
            logger.warning("clock_set_back", seconds=(self._ticked_at - now).total_seconds())
            # As if none had been read: the heap of next moments is made anew from the rows.
            self._last_timestamp = None
        self._ticked_at = now
        rest_seconds: float = super().tick(*args, **kwargs)
        return rest_seconds

    def schedule_changed(self) -> bool:
        """Whether rows changed since they were read.

        A change dated before the last one is one too: it was made by another clock, or by one that
        was set back. So is whatever came since the first reading, which looks at no date.
        """
        known = self._last_timestamp
        super().schedule_changed()
        return bool(self._last_timestamp != known)


class StoppableScheduler(SlotScheduler):
    """The scheduler of a process that is beat and nothing else: signals to stop wait for its rest.

    Celery's own handler writes to the database from inside the signal, in the middle of whatever
    that meets; an error which follows may be taken for one of the schedule's, and beat runs on.
    """

    def setup_schedule(self) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
        super().setup_schedule()

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Fire what is due and rest until the next entry is; returns 0: no more to wait.

        Raises `SystemExit` when beat was asked to stop.
        """
        rest_seconds = super().tick(*args, **kwargs)
        if signal.sigtimedwait(STOP_SIGNALS, max(rest_seconds, 0)):
            raise SystemExit
        if self.should_sync():
            self._do_sync()
        return 0.0
