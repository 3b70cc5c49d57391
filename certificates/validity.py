"""How long a certificate is valid, in calendar arithmetic."""

from __future__ import annotations

from datetime import date

from dateutil.relativedelta import relativedelta

YEAR, MONTH, DAY = "YEAR", "MONTH", "DAY"


def date_after(date_release: date, validity_unit: str, validity: int) -> date:
    """The day `validity` units after `date_release`.

    A day that the month doesn't have is its last: 31 January and a month is the last of February,
    29 February and a year is 28 February. Raises `OverflowError` past the year 9999.
    """
    step = {
        YEAR: relativedelta(years=validity),
        MONTH: relativedelta(months=validity),
        DAY: relativedelta(days=validity),
    }[validity_unit]
    try:
        return date_release + step
    except ValueError as error:
        raise OverflowError(str(error)) from error
