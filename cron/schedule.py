"""Cron expressions: what is taken, when the next slot is, and which slot is owed.

A slot is a moment that an expression names. Daylight saving follows Debian's cron, as cronsim has
it: a fixed time that summer time skips comes right after the gap, one that comes twice runs once;
an expression with `*` in minute or hour goes by real time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from celery.schedules import ParseException, crontab
from cronsim import CronSim, CronSimError
from cronsim.cronsim import Field

ALIASES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
}

#: No field has a number of more than two digits; a few more are refused by name below.
_NUMBER = r"[0-9]{1,4}"
_ATOM = rf"({_NUMBER}|[A-Za-z]{{3}})"
_ITEM = rf"(\*|{_ATOM}-{_ATOM})(/{_NUMBER})?|{_ATOM}"
_FIELD = re.compile(rf"({_ITEM})(,({_ITEM}))*")
_FIELDS = (Field.MINUTE, Field.HOUR, Field.DAY, Field.MONTH, Field.DOW)
_NAMES = ("minute", "hour", "day of month", "month", "day of week")


class InvalidCronExpression(ValueError):
    """The expression can't be scheduled; the message says why."""


def _celery_field(text: str, field: Field) -> str:
    """The field as Celery reads it: names, ranges and 7 for Sunday written out as numbers."""
    values = field.parse(text.upper())
    if text.startswith("*") and "," not in text:
        return text
    if field is Field.DOW:
        values = {value % 7 if isinstance(value, int) else value for value in values}
    return ",".join(str(value) for value in sorted(values))


@dataclass(frozen=True)
class CronSchedule:
    """A checked expression in its time zone. Made by `parse` or from a row that `parse` made."""

    expression: str
    timezone: ZoneInfo

    @classmethod
    def parse(cls, expression: str, timezone: ZoneInfo) -> CronSchedule:
        """Read standard cron: five fields with names, ranges, steps, lists, or an alias (`@daily`).

        Raises `InvalidCronExpression` for what is no such expression, for one that never comes,
        and where day of month and day of week are both restricted: cron takes either, Celery both.
        """
        schedule = cls(" ".join(expression.split()), timezone)
        texts = schedule.standard.split(" ")
        if len(texts) != len(_FIELDS):
            known = ", ".join(ALIASES)
            raise InvalidCronExpression(f"Give five fields separated by spaces, or one of {known}.")
        for text, field, name in zip(texts, _FIELDS, _NAMES, strict=True):
            try:
                if not _FIELD.fullmatch(text):
                    raise InvalidCronExpression(f"“{text}” is no {name}.")
                _celery_field(text, field)
            except CronSimError as error:
                raise InvalidCronExpression(f"“{text}” is no {name}.") from error
        if not (texts[2].startswith("*") or texts[4].startswith("*")):
            raise InvalidCronExpression(
                "Restrict the day of month or the day of week, not both: "
                "cron and Celery read that differently."
            )
        try:
            crontab(**schedule.celery_fields)
            schedule.next_after(datetime.now(UTC))
        except (CronSimError, ParseException, ValueError, StopIteration) as error:
            raise InvalidCronExpression("The expression names a date that never comes.") from error
        return schedule

    @property
    def standard(self) -> str:
        """The five fields, with an alias spelled out."""
        return ALIASES.get(self.expression.lower(), self.expression)

    @property
    def celery_fields(self) -> dict[str, str]:
        """The arguments of Celery's `crontab`, which are the columns of `CrontabSchedule`."""
        minute, hour, day, month, weekday = (
            _celery_field(text, field)
            for text, field in zip(self.standard.split(" "), _FIELDS, strict=True)
        )
        return {
            "minute": minute,
            "hour": hour,
            "day_of_month": day,
            "month_of_year": month,
            "day_of_week": weekday,
        }

    def next_after(self, moment: datetime) -> datetime:
        """The first slot later than `moment`, in UTC."""
        slots = CronSim(self.standard, moment.astimezone(self.timezone))
        # In the hour that comes twice, a fixed time of its first pass may be over already.
        return next(slot for slot in slots if slot > moment).astimezone(UTC)

    def latest_slot(self, *, after: datetime, until: datetime) -> datetime | None:
        """The latest slot later than `after`, up to and including `until`, in UTC, or None."""
        start = (until + timedelta(seconds=1)).astimezone(UTC).replace(microsecond=0)
        backwards = CronSim(self.standard, start.astimezone(self.timezone), reverse=True)
        slot = next((slot.astimezone(UTC) for slot in backwards if slot <= until), None)
        if slot is None:
            return None
        # In the hour that comes twice, walking backwards skips what its first pass had.
        while (following := self.next_after(slot)) <= until:
            slot = following
        return slot if slot > after else None
