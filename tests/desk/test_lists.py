"""Lists of the desk: a page costs the same however many rows it shows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from certificates.models import CertificateReminder
from cron.models import Reminder
from tests.factories import (
    AttachmentFactory,
    CertificateActionFactory,
    CertificateFactory,
    CertificationFactory,
    CoordinatorFactory,
    EarnedBadgeFactory,
    ExpiryCheckRunFactory,
    MentorFactory,
    OrganisationFactory,
    RenewalFactory,
)
from tests.webhooks.factories import WebhookDeliveryFactory, WebhookEndpointFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 26, 10, 0, tzinfo=UTC)


def reminder() -> None:
    certification = CertificationFactory.create(mentor__organisation=OrganisationFactory.create())
    Reminder.objects.create(
        certification=certification,
        expires_at=certification.expires_at,
        stage=7,
        run=ExpiryCheckRunFactory.create(),
        next_attempt_at=NOW,
    )


def certificate_reminder() -> None:
    certificate = CertificateFactory.create(date_expire=date(2026, 5, 1))
    CertificateReminder.objects.create(
        certificate=certificate,
        date_expire=date(2026, 5, 1),
        stage=7,
        run=ExpiryCheckRunFactory.create(),
        next_attempt_at=NOW + timedelta(days=1),
    )


LISTS: dict[str, Callable[[], object]] = {
    "certifications/certification": lambda: CertificationFactory.create(
        mentor__organisation=OrganisationFactory.create()
    ),
    "certifications/mentor": lambda: MentorFactory.create(
        organisation=OrganisationFactory.create()
    ),
    "certifications/renewal": RenewalFactory.create,
    "certifications/organisation": lambda: CoordinatorFactory.create(),
    "cron/expirycheckrun": ExpiryCheckRunFactory.create,
    "cron/reminder": reminder,
    "certificates/certificate": CertificateFactory.create,
    "certificates/certificateaction": CertificateActionFactory.create,
    "certificates/attachment": AttachmentFactory.create,
    "certificates/certificatereminder": certificate_reminder,
    "webhooks/webhookendpoint": WebhookEndpointFactory.create,
    "webhooks/webhookdelivery": WebhookDeliveryFactory.create,
    "badges/earnedbadge": EarnedBadgeFactory.create,
}


@pytest.mark.parametrize("name", LISTS)
def test_a_page_costs_the_same_with_ten_rows_as_with_two(desk: Client, name: str) -> None:
    url = f"/admin/{name}/"

    def cost(rows: int) -> int:
        for _ in range(rows):
            LISTS[name]()
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(url).status_code == 200
        return len(queries)

    few = cost(2)
    many = cost(8)

    assert many == few
