"""Contract 4: every example of it, through HTTP."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest
from rest_framework.test import APIClient

from certificates.api import examples
from certificates.models import Certificate, Tenant
from certificates.webhooks.models import WebhookEvent
from tests.contract.compare import assert_same
from tests.factories import TenantFactory
from tests.tenants import member_api

BASE = "/v2/certificate"
ID = examples.CERTIFICATE["certificate_id"]
TENANT_ID = UUID(str(examples.CERTIFICATE["tenant_id"]))

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return TenantFactory.create(tenant_id=TENANT_ID)


@pytest.fixture
def tenant_api(tenant: Tenant) -> APIClient:
    return member_api(tenant)


def make_example(api: APIClient, **changes: Any) -> None:
    body = {**examples.CERTIFICATE, **changes}
    given = {key: value for key, value in body.items() if value is not None}
    answer = api.post(f"{BASE}/create", given)
    assert answer.status_code == 201, answer.content


def test_index(tenant_api: APIClient) -> None:
    make_example(tenant_api)

    answer = tenant_api.post(f"{BASE}/index", examples.INDEX_REQUEST)

    assert answer.status_code == 200
    assert_same(answer.json(), examples.INDEX)
    assert answer["X-Pagination-Current-Page"] == "1"
    assert answer["X-Pagination-Page-Count"] == "1"
    assert answer["X-Pagination-Per-Page"] == "20"
    assert answer["X-Pagination-Total-Count"] == "1"


@pytest.mark.parametrize("form", [f"view/{ID}", f"view?id={ID}"])
def test_view(tenant_api: APIClient, form: str) -> None:
    make_example(tenant_api)

    answer = tenant_api.get(f"{BASE}/{form}")

    assert answer.status_code == 200
    assert_same(answer.json(), examples.CERTIFICATE)


def test_create(tenant_api: APIClient) -> None:
    answer = tenant_api.post(f"{BASE}/create", examples.CREATE_REQUEST)

    assert answer.status_code == 201
    made = Certificate.objects.get()
    assert_same(answer.json(), {**examples.CREATED, "certificate_id": str(made.pk)})


@pytest.mark.parametrize("form", [f"update/{ID}", f"update?id={ID}"])
def test_update(tenant_api: APIClient, form: str) -> None:
    make_example(tenant_api)

    answer = tenant_api.put(f"{BASE}/{form}", examples.UPDATE_REQUEST)

    assert answer.status_code == 200
    assert_same(answer.json(), examples.UPDATED)
    assert examples.UPDATED_PART.items() <= answer.json().items()


@pytest.mark.parametrize("form", [f"delete/{ID}", f"delete?id={ID}", f"delete?force=true&id={ID}"])
def test_delete(tenant_api: APIClient, form: str) -> None:
    make_example(tenant_api)

    answer = tenant_api.delete(f"{BASE}/{form}")

    assert answer.status_code == 200
    assert_same(answer.json(), examples.DELETED)
    assert tenant_api.get(f"{BASE}/view/{ID}").status_code == 404


def test_webhook_create(tenant_api: APIClient) -> None:
    make_example(tenant_api, note=None, data=None)

    event = WebhookEvent.objects.get(event_type="CERTIFICATE::CREATE")

    assert_same(json.loads(event.body), examples.EVENT_CERTIFICATE)


def test_webhook_update(tenant_api: APIClient) -> None:
    fields = examples.EVENT_UPDATE["updated_fields"]
    old = {name: change["old"] for name, change in fields.items()}
    new = {name: change["new"] for name, change in fields.items()}
    entity_id = examples.EVENT_UPDATE["entity_id"]
    make_example(tenant_api, certificate_id=entity_id, **old)

    tenant_api.put(f"{BASE}/update/{entity_id}", new)

    event = WebhookEvent.objects.get(event_type="CERTIFICATE::UPDATE")
    body = json.loads(event.body)
    assert body == examples.EVENT_UPDATE
    assert list(body) == ["entity_id", "updated_fields"]


def test_webhook_delete(tenant_api: APIClient) -> None:
    make_example(tenant_api, note=None, data=None)

    tenant_api.delete(f"{BASE}/delete/{ID}")

    event = WebhookEvent.objects.get(event_type="CERTIFICATE::DELETE")
    assert_same(json.loads(event.body), examples.EVENT_CERTIFICATE)
