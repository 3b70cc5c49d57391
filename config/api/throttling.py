"""At most so many requests in a window of the clock, by account and by address.

Counted in the cache (`CACHE_URL`): one that all web processes share counts them together, the
default counts for each process by itself. While the cache is away nobody is held up.

Headers are those of draft-ietf-httpapi-ratelimit-headers, and `Retry-After` (RFC 9110).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import redis
import structlog
from django.conf import settings
from django.core.cache import cache
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.callers import account_of, address_of
from config.rates import Rate

logger = structlog.get_logger(__name__)
#: Where a request carries what is left to its caller.
_ALLOWANCES = "_rate_allowances"


@dataclass(frozen=True)
class Allowance:
    """What a caller has left of a rate, and the seconds until it is whole again."""

    name: str
    rate: Rate
    remaining: int
    reset_seconds: int


def count_address(request: Request) -> None:
    """Count the request for its address, before anything else. `Throttled` (429) past the rate."""
    _count(request, "address", settings.THROTTLE_ADDRESS, address_of)


def count_account(request: Request) -> None:
    """Count the request for its account, if it has one. `Throttled` (429) past the rate."""
    _count(request, "account", settings.THROTTLE_ACCOUNT, account_of)


def add_headers(request: Request, response: Response) -> None:
    """Say in the answer what is left."""
    allowances: list[Allowance] = getattr(request, _ALLOWANCES, [])
    if allowances:
        response["RateLimit-Policy"] = ", ".join(
            f'"{one.name}";q={one.rate.requests};w={one.rate.seconds}' for one in allowances
        )
        response["RateLimit"] = ", ".join(
            f'"{one.name}";r={one.remaining};t={one.reset_seconds}' for one in allowances
        )


def _count(
    request: Request, name: str, rate: Rate | None, caller_of: Callable[[Request], str | None]
) -> None:
    if rate is None or (caller := caller_of(request)) is None:
        return
    window, passed = divmod(int(time.time()), rate.seconds)
    reset = rate.seconds - passed
    key = f"throttle:{caller}:{rate.seconds}:{window}"
    try:
        cache.add(key, 0, timeout=reset + 1)
        used = cache.incr(key)
    except ValueError:
        return  # the window ended between the two
    except redis.RedisError:
        logger.exception("throttle_cache_away")
        return
    allowances = [*getattr(request, _ALLOWANCES, [])]
    allowances.append(Allowance(name, rate, max(rate.requests - used, 0), reset))
    setattr(request, _ALLOWANCES, allowances)
    if used > rate.requests:
        raise Throttled(wait=reset)
