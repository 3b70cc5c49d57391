"""Many changes of one tenant at once, with real threads on PostgreSQL."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from certificates.models import Certificate, Tenant
from certificates.webhooks.models import WebhookEvent
from tests.factories import CertificateFactory, TenantFactory
from tests.tenants import member_api
from tests.threads import THREADS, all_at_once

pytestmark = [
    pytest.mark.services,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]


@pytest.fixture(autouse=True)
def _on_postgresql() -> None:
    assert connection.vendor == "postgresql", "run by make test-services"


def body_for(tenant: Tenant, **changes: Any) -> dict[str, Any]:
    return {
        "date_release": "2023-01-01",
        "name": "Forklift",
        "action_type": "TRAINING",
        "resource_id": str(uuid4()),
        "tenant_id": str(tenant.pk),
        **changes,
    }


def test_of_twenty_made_at_once_one_is_the_newest() -> None:
    tenant = TenantFactory.create()
    api, body = member_api(tenant), body_for(tenant)

    answers = all_at_once(lambda number: api.post("/v2/certificate/create", body))

    assert {answer.status_code for answer in answers} == {201}
    assert Certificate.objects.filter(is_replaced=False).count() == 1
    assert Certificate.objects.filter(is_replaced=False).get() == Certificate.objects.latest(
        "created_at"
    )
    positions = WebhookEvent.objects.order_by("position").values_list("position", flat=True)
    assert list(positions) == list(range(1, THREADS + 1))


def test_one_id_is_taken_once() -> None:
    tenant = TenantFactory.create()
    api, body = member_api(tenant), body_for(tenant, certificate_id=str(uuid4()))

    answers = all_at_once(lambda number: api.post("/v2/certificate/create", body))

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * (THREADS - 1)
    assert WebhookEvent.objects.count() == 1


def test_updates_at_once_are_all_told_of_in_their_order() -> None:
    certificate = CertificateFactory.create()
    api = member_api(certificate.tenant)

    answers = all_at_once(
        lambda number: api.put(f"/v2/certificate/update/{certificate.pk}", {"note": str(number)})
    )

    assert {answer.status_code for answer in answers} == {200}
    events = WebhookEvent.objects.order_by("sequence").values_list("sequence", "position")
    assert list(events) == [(number, number) for number in range(1, THREADS + 1)]
    certificate.refresh_from_db()
    assert f'"new":"{certificate.note}"' in WebhookEvent.objects.latest("sequence").body


def test_a_certificate_is_deleted_once() -> None:
    certificate = CertificateFactory.create()
    api = member_api(certificate.tenant)

    answers = all_at_once(lambda number: api.delete(f"/v2/certificate/delete/{certificate.pk}"))

    assert sorted(answer.status_code for answer in answers) == [200] + [404] * (THREADS - 1)
    assert WebhookEvent.objects.count() == 1
