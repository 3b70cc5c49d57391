"""At most so many requests in a window of the clock, by account and by address.

Addresses are counted before anything else is done, whatever is asked for; all but the probes, the
static files, and OPTIONS, by which browsers ask whether they may ask. Accounts are counted once
they are known.

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
from django.http import HttpRequest, HttpResponse
from rest_framework.exceptions import Throttled
from rest_framework.request import Request

from config.api.callers import account_of, address_of
from config.api.problems import respond
from config.rates import Rate

logger = structlog.get_logger(__name__)
#: Where a request carries what is left to its caller.
_ALLOWANCES = "_rate_allowances"
#: What costs nothing worth counting, and what orchestrators have to be told.
_FREE = ("/livez", "/readyz", "/static/")


@dataclass(frozen=True)
class Allowance:
    """What a caller has left of a rate, and the seconds until it is whole again."""

    name: str
    rate: Rate
    remaining: int
    reset_seconds: int


class ThrottleMiddleware:
    """Counts each request for its address, and says in the answer what its caller has left."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        rate = settings.THROTTLE_ADDRESS
        if rate is None and settings.THROTTLE_ACCOUNT is None:
            return self.get_response(request)
        try:
            if request.method != "OPTIONS" and not request.path_info.startswith(_FREE):
                _count(request, "address", rate, address_of(request))
            response = self.get_response(request)
        except Throttled as refused:
            response = respond(request, 429, str(refused.detail))
            response["Retry-After"] = str(int(getattr(refused, "wait", 0)) + 1)
        _add_headers(request, response)
        return response


def count_account(request: Request) -> None:
    """Count the request for its account, if it has one. `Throttled` (429) past the rate."""
    if (account := account_of(request)) is not None:
        _count(request._request, "account", settings.THROTTLE_ACCOUNT, account)


def _add_headers(request: HttpRequest, response: HttpResponse) -> None:
    """Say in the answer what is left."""
    allowances: list[Allowance] = getattr(request, _ALLOWANCES, [])
    if allowances:
        response["RateLimit-Policy"] = ", ".join(
            f'"{one.name}";q={one.rate.requests};w={one.rate.seconds}' for one in allowances
        )
        response["RateLimit"] = ", ".join(
            f'"{one.name}";r={one.remaining};t={one.reset_seconds}' for one in allowances
        )


def _count(request: HttpRequest, name: str, rate: Rate | None, caller: str) -> None:
    if rate is None:
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
