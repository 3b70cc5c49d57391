"""Cron expressions in plain words."""

from __future__ import annotations

from cron_descriptor import ExpressionDescriptor, FormatException, Options
from django.utils.translation import get_language

from cron.schedule import CronSchedule

#: The library's name for each of our languages.
LOCALES = {"en": "en_US", "nb": "nb_NO"}


def describe(schedule: CronSchedule) -> str:
    """The schedule in words of the active language: “At 02:00”. Empty if it has no words for it."""
    options = Options()
    options.use_24hour_time_format = True
    options.day_of_week_start_index_zero = True
    options.locale_code = LOCALES.get((get_language() or "en")[:2], "en_US")
    try:
        return str(ExpressionDescriptor(schedule.standard, options).get_description())
    except FormatException:
        return ""
