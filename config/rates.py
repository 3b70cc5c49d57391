"""Rates of requests, as settings name them."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86400}
_RATE = re.compile(r"([1-9][0-9]{0,8})/(s|min|h|d)")


@dataclass(frozen=True)
class Rate:
    """So many requests in so many seconds."""

    requests: int
    seconds: int

    @classmethod
    def of(cls, text: str) -> Rate | None:
        """The rate of a setting such as `600/min`; None for an empty one.

        `ValueError` for anything else.
        """
        if not text:
            return None
        found = _RATE.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is no rate such as 10/s, 600/min, 5000/h or 50000/d")
        return cls(int(found[1]), _SECONDS[found[2]])
