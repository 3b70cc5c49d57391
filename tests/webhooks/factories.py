"""Endpoints, events and deliveries for tests; written as rows, past the services."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import factory
from django.contrib.auth.models import User
from django.db.models import Max
from factory.django import DjangoModelFactory

from certificates.models import TenantMember
from certificates.webhooks.models import (
    SUBSCRIBABLE,
    EventType,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
    WebhookSecret,
)
from tests.factories import TenantFactory

NOW = datetime(2026, 3, 26, 10, 0, tzinfo=UTC)


class AccountFactory(DjangoModelFactory[User]):
    class Meta:
        model = User

    username = factory.Sequence(lambda number: f"account-{number}")
    email = factory.Sequence(lambda number: f"account-{number}@example.org")


class AdminFactory(DjangoModelFactory[TenantMember]):
    """A member of a tenant who is told what needs a person."""

    class Meta:
        model = TenantMember

    tenant = factory.SubFactory(TenantFactory)
    account = factory.SubFactory(AccountFactory)
    is_admin = True


class WebhookSecretFactory(DjangoModelFactory[WebhookSecret]):
    class Meta:
        model = WebhookSecret

    created_at = NOW


class WebhookEndpointFactory(DjangoModelFactory[WebhookEndpoint]):
    """An endpoint that asks for everything, with one secret."""

    class Meta:
        model = WebhookEndpoint
        skip_postgeneration_save = True

    tenant = factory.SubFactory(TenantFactory)
    name = factory.Sequence(lambda number: f"Endpoint {number}")
    url = "http://127.0.0.1:9/hook"
    events = factory.LazyFunction(lambda: list(SUBSCRIBABLE))
    created_at = updated_at = NOW
    secret = factory.RelatedFactory(WebhookSecretFactory, factory_related_name="endpoint")


class WebhookEventFactory(DjangoModelFactory[WebhookEvent]):
    """The first event of a certificate of its own."""

    class Meta:
        model = WebhookEvent

    tenant = factory.SubFactory(TenantFactory)
    position = factory.LazyAttribute(
        lambda row: (
            (
                WebhookEvent.objects.filter(tenant=row.tenant).aggregate(last=Max("position"))[
                    "last"
                ]
                or 0
            )
            + 1
        )
    )
    event_type = EventType.CERTIFICATE_CREATE
    certificate_id = factory.LazyFunction(uuid.uuid4)
    sequence = 1
    body = factory.LazyAttribute(lambda row: f'{{"certificate_id":"{row.certificate_id}"}}')
    created_at = NOW


class WebhookDeliveryFactory(DjangoModelFactory[WebhookDelivery]):
    """A delivery that is due."""

    class Meta:
        model = WebhookDelivery

    endpoint = factory.SubFactory(WebhookEndpointFactory)
    event = factory.SubFactory(
        WebhookEventFactory, tenant=factory.SelfAttribute("..endpoint.tenant")
    )
    certificate_id = factory.SelfAttribute("event.certificate_id")
    sequence = factory.SelfAttribute("event.sequence")
    next_attempt_at = created_at = NOW
