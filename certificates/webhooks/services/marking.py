"""Writing down what came of tries: many at once, in one transaction.

1. Lock the endpoints that something is to be noted about: those with a failure, and those that had
   been failing. Locks are always taken in this order, endpoints and then deliveries.
2. Lock the deliveries that are still held by the claim. What is not was taken over by another
   worker after the lease ran out; its outcome is that worker's, and nothing is written here.
3. Endpoint by endpoint, each in a savepoint of its own: insert the tries, mark what was delivered
   with one UPDATE, and the failed ones one by one. What is settled is counted for the metrics.
4. Where that breaks for one endpoint, the others' outcomes stay. Its own are then written as failed
   tries in a second transaction, by statements that take nothing from the answer: they are counted,
   tried again by the schedule and given up in the end, whatever it was that broke.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, Q

from certificates.webhooks.models import (
    DeliveryState,
    DisabledReason,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
)
from certificates.webhooks.services import bell
from certificates.webhooks.services.claiming import DELIVERIES_COUNT
from certificates.webhooks.services.failed_tries import count_failed_try, mark_as_our_fault
from certificates.webhooks.services.posting import Answer, Outcome, Parcel
from certificates.webhooks.services.switching import switch_off
from certificates.webhooks.services.verdicts import Verdict, judge, next_attempt_at, pause
from config.metrics import counters

logger = structlog.get_logger(__name__)


def mark(outcomes: Sequence[Outcome], *, token: uuid.UUID, now: datetime) -> None:
    """Write the outcomes of deliveries that `token` holds, and ring for retries that are near."""
    broken: list[Outcome] = []
    with transaction.atomic():
        endpoints = {endpoint.pk: endpoint for endpoint in _lock_endpoints(outcomes)}
        held = _lock_deliveries(outcomes, token)
        for endpoint_id, theirs in _by_endpoint(outcomes, held).items():
            try:
                with transaction.atomic():
                    _write(theirs, endpoints.get(endpoint_id), now)
            except (OperationalError, InterfaceError):
                raise  # the database's trouble, and no endpoint's
            except Exception:
                logger.exception("webhook_outcome_broke", endpoint_id=str(endpoint_id))
                broken += theirs
    if broken:
        mark_as_our_fault(broken, token=token, now=now)
    for lost in (one.parcel for one in outcomes if one.parcel.delivery_id not in held):
        logger.warning("webhook_lease_lost", delivery_id=lost.delivery_id)


def _by_endpoint(
    outcomes: Sequence[Outcome], held: Collection[int]
) -> dict[uuid.UUID, list[Outcome]]:
    """The outcomes of what is still held, in the order in which they came."""
    groups: dict[uuid.UUID, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.parcel.delivery_id in held:
            groups[outcome.parcel.endpoint_id].append(outcome)
    return groups


def _write(outcomes: Sequence[Outcome], endpoint: WebhookEndpoint | None, now: datetime) -> None:
    """The outcomes at one endpoint; it is given where something is to be noted about it."""
    _insert_attempts(outcomes)
    delivered = [one.parcel for one in outcomes if one.answer.is_success]
    _mark_delivered(delivered, now)
    given_up = 0 if endpoint is None else _EndpointOutcomes(endpoint, outcomes, now).write()
    counters.add(DELIVERIES_COUNT, delivered=len(delivered), failed=given_up)


def _lock_endpoints(outcomes: Sequence[Outcome]) -> list[WebhookEndpoint]:
    """The endpoints whose row the outcomes change."""
    failing = {one.parcel.endpoint_id for one in outcomes if not one.answer.is_success}
    all_of_them = {one.parcel.endpoint_id for one in outcomes}
    noted = Q(failing_since__isnull=False) | Q(slow_downs__gt=0) | Q(pk__in=failing)
    rows = WebhookEndpoint.objects.filter(noted, pk__in=all_of_them)
    return list(rows.order_by("pk").select_for_update(no_key=True))


def _lock_deliveries(outcomes: Sequence[Outcome], token: uuid.UUID) -> set[int]:
    rows = WebhookDelivery.objects.held_by(token).filter(
        pk__in=[one.parcel.delivery_id for one in outcomes]
    )
    return set(rows.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))


def _insert_attempts(outcomes: Sequence[Outcome]) -> None:
    WebhookAttempt.objects.bulk_create(
        WebhookAttempt(
            delivery_id=parcel.delivery_id,
            number=parcel.attempts + 1,
            attempted_at=answer.attempted_at,
            duration_ms=answer.duration_ms,
            status=answer.status,
            error=answer.error[:500],
            answer=answer.content,
        )
        for parcel, answer in outcomes
    )


def _mark_delivered(parcels: Sequence[Parcel], now: datetime) -> None:
    if parcels:
        WebhookDelivery.objects.filter(pk__in=[one.delivery_id for one in parcels]).update(
            state=DeliveryState.DELIVERED,
            settled_at=now,
            attempts=F("attempts") + 1,
            claim=None,
            lease_expires_at=None,
            error="",
        )


class _EndpointOutcomes:
    """What a batch's outcomes at one endpoint mean for it and for the failed deliveries."""

    def __init__(
        self, endpoint: WebhookEndpoint, outcomes: Sequence[Outcome], now: datetime
    ) -> None:
        self.endpoint = endpoint
        self.outcomes = outcomes
        self.now = now

    def write(self) -> int:
        """Write them; how many of the deliveries were given up."""
        failures = [one for one in self.outcomes if not one.answer.is_success]
        for outcome in self.outcomes:
            if outcome.answer.is_success:
                self._note_success(outcome.answer)
        for failure in failures:
            self._note_failure(failure.answer)
        self.endpoint.save_working_state()
        reason = self._reason_to_switch_off(failures)
        if reason is not None:
            switch_off(self.endpoint, reason=reason, now=self.now)
        return sum(self._mark_failure(failure) for failure in failures)

    def _note_success(self, answer: Answer) -> None:
        self.endpoint.failing_since = None
        # One that was on its way when another was told to slow down says nothing about that.
        if self._is_after_pause(answer):
            self.endpoint.paused_until = None
            self.endpoint.slow_downs = 0

    def _note_failure(self, answer: Answer) -> None:
        endpoint = self.endpoint
        endpoint.failing_since = endpoint.failing_since or answer.attempted_at
        if judge(answer) != Verdict.SLOW_DOWN:
            return
        # Tries that were on their way together ask for less once, not each on top of the other.
        if self._is_after_pause(answer):
            endpoint.slow_downs += 1
        until = pause(answer, slow_downs=endpoint.slow_downs, now=self.now)
        endpoint.paused_until = max(until, endpoint.paused_until or until)
        self._ring_if_near(endpoint.paused_until)

    def _is_after_pause(self, answer: Answer) -> bool:
        """Whether the try began when no pause was on."""
        until = self.endpoint.paused_until
        return until is None or answer.attempted_at >= until

    def _reason_to_switch_off(self, failures: Sequence[Outcome]) -> DisabledReason | None:
        since = self.endpoint.failing_since
        if not self.endpoint.enabled or not failures or since is None:
            return None
        if any(judge(one.answer) == Verdict.GONE for one in failures):
            return DisabledReason.GONE
        patience = timedelta(days=settings.WEBHOOK_DISABLE_AFTER_DAYS)
        return DisabledReason.FAILING if self.now - since >= patience else None

    def _mark_failure(self, failure: Outcome) -> bool:
        """Put it back for a later try, or settle it; whether it was settled."""
        parcel, answer = failure
        again_at = None
        if self.endpoint.enabled and judge(answer) != Verdict.GONE:
            tries = parcel.attempts - parcel.attempts_before + 1
            again_at = next_attempt_at(answer, tries=tries, now=self.now)
        count_failed_try(parcel.delivery_id, error=answer.error, again_at=again_at, now=self.now)
        self._log(failure, again_at)
        if again_at is not None:
            self._ring_if_near(again_at)
            if parcel.certificate_id is not None:
                self._let_followers_wait(parcel, again_at)
        return again_at is None

    def _let_followers_wait(self, parcel: Parcel, until: datetime) -> None:
        """Their turn can't come before: the search for what is due need not pass over them."""
        WebhookDelivery.objects.pending().filter(
            endpoint=self.endpoint,
            certificate_id=parcel.certificate_id,
            sequence__gt=parcel.sequence,
            next_attempt_at__lt=until,
        ).update(next_attempt_at=until)

    def _ring_if_near(self, moment: datetime) -> None:
        wait_seconds = (moment - self.now).total_seconds()
        if wait_seconds <= bell.MAX_WAIT_SECONDS:
            transaction.on_commit(lambda: bell.ring(wait_seconds=max(wait_seconds, 0.0)))

    def _log(self, failure: Outcome, again_at: datetime | None) -> None:
        logger.warning(
            "webhook_try_failed" if again_at else "webhook_delivery_failed",
            delivery_id=failure.parcel.delivery_id,
            webhook_id=failure.parcel.webhook_id,
            endpoint_id=str(self.endpoint.pk),
            number=failure.parcel.attempts + 1,
            status=failure.answer.status,
            error=failure.answer.error,
            next_attempt_at=again_at,
        )
