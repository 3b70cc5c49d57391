from __future__ import annotations

import uuid
from argparse import ArgumentParser
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from certificates.webhooks.models import WebhookDelivery, WebhookEndpoint
from certificates.webhooks.services.redelivery import redeliver, redeliver_failed
from config.errors import DomainError

DEFAULT_SINCE = timedelta(hours=24)


class Command(BaseCommand):
    help = (
        "Send again what failed at an endpoint since a moment (the last 24 hours), and what it "
        "missed while it was disabled; or one delivery. Workers do the sending."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--endpoint", metavar="UUID", type=uuid.UUID, required=True)
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--since", metavar="ISO8601", help="such as 2026-03-26T10:00:00Z")
        what.add_argument("--delivery", metavar="UUID", type=uuid.UUID)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            endpoint = WebhookEndpoint.objects.get(pk=options["endpoint"])
            if options["delivery"]:
                self._one(endpoint, options["delivery"])
            else:
                self._all(endpoint, options["since"])
        except WebhookEndpoint.DoesNotExist as error:
            raise CommandError("There is no such endpoint.") from error
        except WebhookDelivery.DoesNotExist as error:
            raise CommandError("The endpoint has no such delivery.") from error
        except DomainError as error:
            raise CommandError(error.detail) from error

    def _one(self, endpoint: WebhookEndpoint, delivery_id: uuid.UUID) -> None:
        delivery = WebhookDelivery.objects.get(webhook_delivery_id=delivery_id, endpoint=endpoint)
        redeliver(delivery=delivery, now=timezone.now())
        self.stdout.write(f"{delivery_id} will be sent again.")

    def _all(self, endpoint: WebhookEndpoint, since: str | None) -> None:
        now = timezone.now()
        moment = now - DEFAULT_SINCE if since is None else _parse(since)
        brought = redeliver_failed(endpoint=endpoint, since=moment, now=now)
        self.stdout.write(f"failed: {brought.failed}")
        self.stdout.write(f"missed: {brought.missed}")


def _parse(text: str) -> datetime:
    """The moment; UTC where it says no offset."""
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise CommandError("--since is not a moment such as 2026-03-26T10:00:00Z.")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
