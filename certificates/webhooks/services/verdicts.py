"""What follows from an answer: the rules of trying again, slowing down and giving up."""

from __future__ import annotations

import enum
import random
from datetime import datetime, timedelta

from django.conf import settings

from certificates.webhooks.services.posting import Answer

#: An endpoint that asks for less is left alone for this long, doubled each time in a row.
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=5)
#: Each wait is made this share longer or shorter, so that what failed together does not return so.
JITTER = 0.1

_TOO_MUCH = (429, 502, 503, 504)
_GONE = 410


class Verdict(enum.Enum):
    DELIVERED = enum.auto()
    TRY_AGAIN = enum.auto()
    SLOW_DOWN = enum.auto()  #: try again, and send the endpoint less
    GONE = enum.auto()  #: the receiver wants no more, ever


def judge(answer: Answer) -> Verdict:
    """The verdict, by the section "Delivery" of Standard Webhooks."""
    if answer.is_success:
        return Verdict.DELIVERED
    if answer.status == _GONE:
        return Verdict.GONE
    return Verdict.SLOW_DOWN if answer.status in _TOO_MUCH else Verdict.TRY_AGAIN


def next_attempt_at(answer: Answer, *, tries: int, now: datetime) -> datetime | None:
    """When to try again after `tries` tries of the schedule; None once it is used up.

    The wait is the schedule's, or what Retry-After asks for if that is longer.
    """
    waits: list[int] = settings.WEBHOOK_RETRY_SECONDS
    if tries > len(waits):
        return None
    wait = timedelta(seconds=waits[tries - 1] * random.uniform(1 - JITTER, 1 + JITTER))  # noqa: S311
    return now + max(wait, answer.retry_after)


def pause(answer: Answer, *, slow_downs: int, now: datetime) -> datetime:
    """Until when to leave the endpoint alone after it asked `slow_downs` times in a row."""
    wait = min(FIRST_PAUSE * (1 << min(slow_downs - 1, 16)), LONGEST_PAUSE)
    return now + max(wait, answer.retry_after)
