"""Validity in calendar arithmetic, against counting days and months one by one."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certificates.validity import date_after

DAYS = st.dates(min_value=date(1900, 1, 1), max_value=date(9999, 12, 31))


def months_later(start: date, months: int) -> date | None:
    """The oracle: turn the calendar's pages one by one; None past its last page."""
    year, month = start.year, start.month
    for _ in range(months):
        month += 1
        if month == 13:
            year, month = year + 1, 1
        if year > 9999:
            return None
    return date(year, month, min(start.day, monthrange(year, month)[1]))


def days_later(start: date, days: int) -> date | None:
    """The oracle: count by ordinals."""
    ordinal = start.toordinal() + days
    return date.fromordinal(ordinal) if ordinal <= date.max.toordinal() else None


def outcome(start: date, unit: str, validity: int) -> date | None:
    try:
        return date_after(start, unit, validity)
    except OverflowError:
        return None


@given(DAYS, st.integers(1, 10_000))
def test_months_are_pages_of_the_calendar(start: date, validity: int) -> None:
    assert outcome(start, "MONTH", validity) == months_later(start, validity)


@given(DAYS, st.integers(1, 10_000))
def test_a_year_is_twelve_months(start: date, validity: int) -> None:
    expected = months_later(start, 12 * min(validity, 8200))

    assert outcome(start, "YEAR", validity) == expected


@given(DAYS, st.integers(1, 10_000))
def test_days_are_counted(start: date, validity: int) -> None:
    assert outcome(start, "DAY", validity) == days_later(start, validity)


@given(DAYS, st.sampled_from(["YEAR", "MONTH", "DAY"]), st.integers(1, 9_999))
def test_a_longer_validity_never_ends_earlier(start: date, unit: str, validity: int) -> None:
    shorter, longer = outcome(start, unit, validity), outcome(start, unit, validity + 1)

    assert longer is None or (shorter is not None and start < shorter < longer)


@pytest.mark.parametrize(
    ("start", "unit", "validity", "end"),
    [
        (date(2023, 1, 31), "MONTH", 1, date(2023, 2, 28)),
        (date(2024, 1, 31), "MONTH", 1, date(2024, 2, 29)),
        (date(2024, 2, 29), "YEAR", 1, date(2025, 2, 28)),
        (date(2024, 2, 29), "YEAR", 4, date(2028, 2, 29)),
        (date(2023, 12, 31), "DAY", 1, date(2024, 1, 1)),
        (date(2026, 10, 24), "DAY", 2, date(2026, 10, 26)),
    ],
)
def test_ends_of_months(start: date, unit: str, validity: int, end: date) -> None:
    assert date_after(start, unit, validity) == end


@pytest.mark.parametrize("unit", ["YEAR", "MONTH", "DAY"])
def test_the_calendar_ends_with_the_year_9999(unit: str) -> None:
    with pytest.raises(OverflowError):
        date_after(date.max - timedelta(days=1), unit, 10_000)
