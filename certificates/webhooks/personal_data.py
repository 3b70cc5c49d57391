"""What webhooks hold of a person."""

from __future__ import annotations

from certificates.personal_data import PROOF
from certificates.webhooks.models import (
    EventStream,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
    WebhookSecret,
)
from config.personal_data import kept, nobody


def register() -> None:
    """Say it of each table of webhooks."""
    kept(
        WebhookEvent,
        WebhookAttempt,
        why=f"Certificates as they were sent, and what was answered. {PROOF}",
    )
    nobody(
        WebhookEndpoint,
        WebhookSecret,
        WebhookDelivery,
        EventStream,
        why="Where events go, and how far they are.",
    )
