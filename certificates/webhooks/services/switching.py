"""Switching an endpoint off, by us or by hand: what waits for it is given up together with it."""

from __future__ import annotations

from datetime import datetime

import structlog
from django.db import transaction

from certificates.webhooks.models import DisabledReason, WebhookDelivery, WebhookEndpoint
from certificates.webhooks.services import bell
from certificates.webhooks.services.claiming import fail_for_disabled_endpoint

logger = structlog.get_logger(__name__)


def switch_off(endpoint: WebhookEndpoint, *, reason: DisabledReason, now: datetime) -> None:
    """Disable it for `reason` and make a mail to the tenant's admins due.

    The caller holds the endpoint's row lock.
    """
    endpoint.enabled = False
    endpoint.disabled_at = endpoint.updated_at = endpoint.notice_due_at = now
    endpoint.disabled_reason = reason
    endpoint.save()
    give_up_pending(endpoint, now=now)
    transaction.on_commit(bell.ring_for_notices)
    logger.warning("webhook_endpoint_disabled", endpoint_id=str(endpoint.pk), reason=reason.value)


def give_up_pending(endpoint: WebhookEndpoint, *, now: datetime) -> int:
    """Settle what waits for the endpoint as failed; returns how many.

    What is on its way is settled by the worker that holds it, if that one is alive.
    """
    deliveries = WebhookDelivery.objects.filter(endpoint=endpoint)
    waiting = deliveries.pending() | deliveries.abandoned(now)
    return fail_for_disabled_endpoint(waiting, now=now)
