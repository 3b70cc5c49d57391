"""How many requests there were and how long they took, by route, method and status.

Routes, not paths: no id of anybody is in a label. It costs a request some microseconds, and nothing
where `METRICS` is off: then the middleware is not there.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

from django.http import HttpRequest, HttpResponse
from prometheus_client import CollectorRegistry, Histogram

#: Upper bounds of the latencies that are told apart, in seconds.
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
#: Methods that have a label of their own; a client may invent others.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

REGISTRY = CollectorRegistry()
DURATION = Histogram(
    "certkeep_http_request_duration_seconds",
    "Requests by the time that they took.",
    ["view", "method", "status"],
    buckets=BUCKETS,
    registry=REGISTRY,
)


class RequestMetricsMiddleware:
    """Stands before all others and times what is behind it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        # The library's look-up of labels costs more than what it looks up.
        self._observers: dict[tuple[str | None, str | None, int], Callable[[float], None]] = {}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = perf_counter()
        response = self.get_response(request)
        match: Any = request.resolver_match
        key = (match.route if match else None, request.method, response.status_code)
        observe = self._observers.get(key) or self._observer(key)
        observe(perf_counter() - began)
        return response

    def _observer(self, key: tuple[str | None, str | None, int]) -> Callable[[float], None]:
        view, method, status = key
        known = method if method in METHODS else "other"
        observe = DURATION.labels(view or "none", known, str(status)).observe
        if known == method:
            self._observers[key] = observe
        return observe
