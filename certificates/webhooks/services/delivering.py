"""Sending what is due: one run serves many endpoints at once.

1. Look which endpoints have something due (one query; with nothing to do that is all).
2. Claim for each of them, at most `CLAIM_SIZE` deliveries; they form its lane.
3. Threads post what is in the lanes: at most `WEBHOOK_CONCURRENCY` at a time, for an endpoint no
   more than its share, and for a tenant no more than `WEBHOOK_TENANT_CONCURRENCY`: receivers that
   keep every thread waiting delay their own tenant alone. They never touch the database.
4. Mark what came of it, in batches as large as piled up meanwhile, and look again.
5. After `CLAIM_SECONDS` give back what was not sent, ring for another run, wait for what is on its
   way.

A process has one run that claims. Ringing while it goes on wakes it up, nothing more. A worker that
dies leaves claims behind, which others take over once the lease has run out: a receiver may then
get a message twice, with the same `webhook-id`.
"""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from operator import itemgetter
from queue import Empty, SimpleQueue

from django.conf import settings
from django.utils import timezone

from certificates.webhooks.models import WebhookEndpoint
from certificates.webhooks.services import bell, claiming
from certificates.webhooks.services.lanes import Lane, Report, serve
from certificates.webhooks.services.marking import mark
from certificates.webhooks.services.posting import Outcome
from certificates.webhooks.services.turnstile import Turnstile
from config.outbound.connections import shared_connections

#: Seconds after which a run claims no more.
CLAIM_SECONDS = 20.0
#: Seconds between two looks at the database while nothing else gives a reason for one.
GLANCE_SECONDS = 1.0
#: Outcomes that are marked at a time.
MARK_SIZE = 200


_turnstile = Turnstile()


def deliver_due() -> None:
    """Send what is due, unless a run of this process is at it: that one then looks again."""
    run = _Run()
    if not _turnstile.enter(run):
        return
    try:
        run.work()
    finally:
        _turnstile.leave(run)
        run.close()


def ring_if_due() -> None:
    """Ring for a worker where something is due."""
    if claiming.endpoints_with_work(timezone.now()):
        bell.ring()


class _Run:
    """One run from the first look to the last outcome."""

    def __init__(self) -> None:
        self.token = uuid.uuid4()
        self.lanes: dict[uuid.UUID, Lane] = {}
        self.reports: SimpleQueue[Report] = SimpleQueue()
        self.is_woken = False
        self.may_claim = True
        self.threads = 0
        self._executor: ThreadPoolExecutor | None = None
        self._served: Counter[uuid.UUID] = Counter()
        self._stops_at = time.monotonic() + CLAIM_SECONDS
        self._leased_at = self._glanced_at = time.monotonic()

    def wake(self) -> None:
        self.is_woken = True
        self.reports.put(None)

    def work(self) -> None:
        """Claim, send and mark until nothing is due, or the time for claiming is over."""
        wants_look = True
        while True:
            if wants_look and self.may_claim:
                self._look()
            if not self.lanes and (not self.may_claim or _turnstile.leave_unless_woken(self)):
                return
            wants_look = self._collect()
            self._glance()
            if self.may_claim and time.monotonic() >= self._stops_at:
                self._stop_claiming()

    def close(self) -> None:
        """Send nothing more. What is held after an error is taken over once its lease runs out."""
        for lane in self.lanes.values():
            lane.halt()
        if self._executor is not None:
            self._executor.shutdown()

    def _look(self) -> None:
        """Claim for the endpoints with something due, those first that were served least."""
        self.is_woken = False
        due = claiming.endpoints_with_work(timezone.now())
        for pk, tenant_id in sorted(due, key=lambda one: self._served[one.endpoint_id]):
            lane = self.lanes.get(pk)
            if not (self._has_room_for(tenant_id) if lane is None else lane.has_room):
                continue
            claimed = claiming.claim(pk, token=self.token, now=timezone.now())
            if claimed is None:
                continue
            self._served[pk] += len(claimed.parcels)
            if lane is None:
                self.lanes[pk] = Lane(claimed)
            else:
                lane.fill(claimed)
            self._dispatch()

    def _has_room_for(self, tenant_id: uuid.UUID) -> bool:
        """Whether a lane more of the tenant could get a thread."""
        theirs = sum(lane.tenant_id == tenant_id for lane in self.lanes.values())
        is_full = len(self.lanes) >= settings.WEBHOOK_CONCURRENCY
        return not is_full and theirs < settings.WEBHOOK_TENANT_CONCURRENCY

    def _dispatch(self) -> None:
        """Give free threads to the lanes, one to each before any gets another.

        No tenant gets more of them than its share.
        """
        turns = [
            (lane.threads + number, lane)
            for lane in self.lanes.values()
            for number in range(lane.wanted_threads)
        ]
        used: Counter[uuid.UUID] = Counter()
        for lane in self.lanes.values():
            used[lane.tenant_id] += lane.threads
        for _, lane in sorted(turns, key=itemgetter(0)):
            if self.threads >= settings.WEBHOOK_CONCURRENCY:
                return
            if used[lane.tenant_id] >= settings.WEBHOOK_TENANT_CONCURRENCY:
                continue
            used[lane.tenant_id] += 1
            lane.threads += 1
            self.threads += 1
            self._pool_of_threads().submit(serve, lane, shared_connections(), self.reports)

    def _pool_of_threads(self) -> ThreadPoolExecutor:
        if self._executor is None:
            self._executor = ThreadPoolExecutor(
                settings.WEBHOOK_CONCURRENCY, thread_name_prefix="webhook"
            )
        return self._executor

    def _collect(self) -> bool:
        """Wait for what the threads report and write it down; whether to look for more now."""
        reports = self._wait()
        for lane in reports:
            if isinstance(lane, Lane):
                lane.threads -= 1
                self.threads -= 1
        self._dispatch()
        outcomes = [report for report in reports if isinstance(report, Outcome)]
        if outcomes:
            mark(outcomes, token=self.token, now=timezone.now())
        self._empty([lane for lane in self.lanes.values() if lane.is_halted])
        idle = [pk for pk, lane in self.lanes.items() if lane.is_idle]
        for pk in idle:
            del self.lanes[pk]
        runs_dry = any(lane.has_more and lane.has_room for lane in self.lanes.values())
        return bool(idle) or runs_dry or self.is_woken or not reports

    def _wait(self) -> list[Report]:
        """What was reported, at least one thing unless nothing comes for `GLANCE_SECONDS`."""
        reports: list[Report] = []
        try:
            reports.append(self.reports.get(timeout=GLANCE_SECONDS))
            while len(reports) < MARK_SIZE:
                reports.append(self.reports.get_nowait())
        except Empty:
            pass
        return reports

    def _empty(self, lanes: Iterable[Lane]) -> None:
        """Send no more of what the lanes hold, and give it back."""
        left = [delivery_id for lane in lanes for delivery_id in lane.halt()]
        claiming.release(left, token=self.token, now=timezone.now())

    def _glance(self) -> None:
        """Once a second: give up lanes whose endpoint has changed, and keep the leases."""
        now = time.monotonic()
        if now - self._glanced_at < GLANCE_SECONDS or not self.lanes:
            return
        self._glanced_at = now
        rows = WebhookEndpoint.objects.enabled().filter(pk__in=list(self.lanes))
        versions = dict(rows.values_list("pk", "updated_at"))
        self._empty([lane for pk, lane in self.lanes.items() if versions.get(pk) != lane.version])
        if now - self._leased_at > settings.WEBHOOK_LEASE_SECONDS / 3:
            if now - self._leased_at > settings.WEBHOOK_LEASE_SECONDS:
                # The process stood still: others may have begun to send what is held here.
                self._empty(self.lanes.values())
            self._leased_at = now
            claiming.renew_leases(self.token, timezone.now())

    def _stop_claiming(self) -> None:
        self.may_claim = False
        self._empty(self.lanes.values())
        _turnstile.leave(self)
        ring_if_due()
