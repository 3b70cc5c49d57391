"""What one run holds for one endpoint, and the thread's part of the work: nothing but HTTP."""

from __future__ import annotations

import time
from collections import deque
from datetime import datetime
from queue import SimpleQueue

import structlog
from django.utils import timezone

from certificates.webhooks.services.claiming import CLAIM_SIZE, Claimed
from certificates.webhooks.services.posting import (
    OUR_FAULT,
    Address,
    Answer,
    Outcome,
    Parcel,
    post,
)
from config.outbound.connections import Connections

logger = structlog.get_logger(__name__)

#: A thread serves a lane for so long, or so many parcels, and is then free for another.
TURN_SECONDS = 0.25
TURN_PARCELS = 16


class Lane:
    """The claimed deliveries of one endpoint. The main thread fills it, others take from it."""

    def __init__(self, claimed: Claimed) -> None:
        self.tenant_id = claimed.tenant_id
        self.parcels: deque[Parcel] = deque()
        self.threads = 0
        self.is_halted = False
        self.fill(claimed)

    def fill(self, claimed: Claimed) -> None:
        self.address: Address = claimed.address
        self.version: datetime = claimed.version
        self.limit: int = claimed.limit
        self.has_more: bool = len(claimed.parcels) == CLAIM_SIZE
        self.parcels.extend(claimed.parcels)

    @property
    def is_idle(self) -> bool:
        return not self.parcels and not self.threads

    @property
    def has_room(self) -> bool:
        """Whether it may be filled again: it would soon run dry."""
        return not self.is_halted and len(self.parcels) <= 2 * self.limit

    @property
    def wanted_threads(self) -> int:
        """How many more threads it can do with."""
        if self.is_halted:
            return 0
        return max(min(self.limit - self.threads, len(self.parcels)), 0)

    def take(self) -> Parcel | None:
        """The next parcel; None when there is none, or no more should be sent."""
        if self.is_halted:
            return None
        try:
            return self.parcels.popleft()
        except IndexError:
            return None

    def halt(self) -> list[int]:
        """Let nothing more be sent; the ids of the deliveries that were not."""
        self.is_halted = True
        left = []
        while True:
            try:
                left.append(self.parcels.popleft().delivery_id)
            except IndexError:
                return left


#: What threads tell the main thread: an outcome, or that a turn in a lane is over; None wakes it.
Report = Outcome | Lane | None


def serve(lane: Lane, connections: Connections, reports: SimpleQueue[Report]) -> None:
    """One turn of a thread: post parcels of the lane. After a failure nothing more is sent."""
    until = time.monotonic() + TURN_SECONDS
    for _ in range(TURN_PARCELS):
        parcel = lane.take()
        if parcel is None:
            break
        answer = _post(lane.address, parcel, connections)
        if not answer.is_success:
            lane.is_halted = True
        reports.put(Outcome(parcel, answer))
        if time.monotonic() > until:
            break
    reports.put(lane)


def _post(address: Address, parcel: Parcel, connections: Connections) -> Answer:
    """The answer. A fault of ours counts as a failed try, lest the delivery be tried forever."""
    attempted_at = timezone.now()
    try:
        return post(address, parcel, connections)
    except Exception:
        logger.exception("webhook_try_broke", delivery_id=parcel.delivery_id)
        return Answer(attempted_at, 0, None, OUR_FAULT)
