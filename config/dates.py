"""Dates that people enter: the years in which they lie, and the moment at which a day begins.

A date typed with two digits for its year is one of the first century to every parser, and a slip of
a finger one of the year 20266; neither is ever meant. What is stored from before stays as it is and
is shown; filters may ask for any year, as they write nothing.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

EARLIEST_YEAR = 1900
LATEST_YEAR = 2200
OUT_OF_YEARS = _("The year has to be between 1900 and 2200.")


def is_in_years(day: date) -> bool:
    """Whether a day, or the day in UTC of an aware moment, lies between the first and the last."""
    if isinstance(day, datetime):
        try:
            day = day.astimezone(UTC)
        except OverflowError:
            return False
    return EARLIEST_YEAR <= day.year <= LATEST_YEAR


def validate_years(day: date) -> None:
    """Raise Django's `ValidationError` for a date that can't be meant."""
    if not is_in_years(day):
        raise ValidationError(OUT_OF_YEARS, code="year")


def midnight(day: date) -> datetime:
    """When the day begins in UTC, as the days of expiries do."""
    return datetime.combine(day, time(), tzinfo=UTC)
