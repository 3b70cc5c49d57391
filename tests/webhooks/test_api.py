"""The webhook APIs: endpoints, deliveries, events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from certificates.models import Tenant
from certificates.webhooks.api import examples
from certificates.webhooks.models import (
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
    WebhookSecret,
)
from tests.conftest import EXAMPLE_NOW
from tests.contract.compare import assert_same
from tests.factories import TenantFactory
from tests.tenants import member_api

ENDPOINTS = "/v2/webhook-endpoint"
DELIVERIES = "/v2/webhook-delivery"
EVENTS = "/v2/webhook-event/index"
pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return TenantFactory.create(tenant_id=examples.TENANT_ID)


@pytest.fixture
def tenant_api(tenant: Tenant) -> APIClient:
    return member_api(tenant)


def made_endpoint(api: APIClient, **changes: Any) -> dict[str, Any]:
    answer = api.post(f"{ENDPOINTS}/create", {**examples.ENDPOINT_CREATE_REQUEST, **changes})
    assert answer.status_code == 201, answer.content
    body: dict[str, Any] = answer.json()
    return body


def make_certificate(api: APIClient, tenant: Tenant, **changes: Any) -> str:
    body = {
        "date_release": "2026-01-01",
        "name": "Forklift",
        "action_type": "TRAINING",
        "resource_id": str(uuid4()),
        "tenant_id": str(tenant.pk),
    }
    answer = api.post("/v2/certificate/create", {**body, **changes})
    assert answer.status_code == 201, answer.content
    return str(answer.json()["certificate_id"])


def pointers(answer: Any) -> set[str]:
    assert answer.status_code == 400, answer.content
    return {fault["pointer"] for fault in answer.json()["errors"]}


# Endpoints


def test_the_operations_as_documented(tenant_api: APIClient) -> None:
    with time_machine.travel(EXAMPLE_NOW, tick=False):
        made = made_endpoint(tenant_api)
        id_ = made["webhook_endpoint_id"]
        ours = {"webhook_endpoint_id": id_}
        assert made.pop("secret") == WebhookSecret.objects.get().secret
        assert_same(made, {**examples.ENDPOINT, **ours})
        found = tenant_api.post(f"{ENDPOINTS}/index", examples.ENDPOINT_INDEX_REQUEST)
        assert_same(found.json(), [made])
        assert_same(tenant_api.get(f"{ENDPOINTS}/view/{id_}").json(), made)
        assert_same(tenant_api.get(f"{ENDPOINTS}/view?id={id_}").json(), made)
        changed = tenant_api.put(f"{ENDPOINTS}/update/{id_}", examples.ENDPOINT_UPDATE_REQUEST)
        assert_same(changed.json(), {**examples.ENDPOINT_UPDATED, **ours})
        gone = tenant_api.delete(f"{ENDPOINTS}/delete/{id_}")
        assert_same(gone.json(), {**examples.ENDPOINT_DELETED, **ours})
    assert tenant_api.get(f"{ENDPOINTS}/view/{id_}").status_code == 404


def test_the_secret_is_shown_once_and_rotated(tenant_api: APIClient) -> None:
    made = made_endpoint(tenant_api)
    url = f"{ENDPOINTS}/rotate-secret/{made['webhook_endpoint_id']}"

    rotated = tenant_api.post(url)

    assert rotated.status_code == 200
    assert rotated.json()["secret"].startswith("whsec_")
    assert rotated.json()["secret"] != made["secret"]
    shown = tenant_api.get(f"{ENDPOINTS}/view/{made['webhook_endpoint_id']}")
    assert "whsec_" not in shown.content.decode()
    assert WebhookSecret.objects.filter(expires_at__isnull=True).count() == 1
    assert WebhookSecret.objects.count() == 2


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"url": "ftp://example.org"}, {"#/url"}),
        ({"url": "https://user:secret@example.org"}, {"#/url"}),
        ({"url": "https://10.0.0.1/"}, {"#/url"}),
        ({"url": "https://[fe80::1]/"}, {"#/url"}),
        ({"events": []}, {"#/events"}),
        ({"events": ["CERTIFICATE::EXPLODE"]}, {"#/events/0"}),
        ({"events": ["CERTIFICATE::CREATE"] * 2}, {"#/events/1"}),
        ({"events": "CERTIFICATE::CREATE"}, {"#/events"}),
        ({"headers": {"Host": "x"}}, {"#/headers/Host"}),
        ({"headers": {"X-A": "1\r\nX-B: 2"}}, {"#/headers/X-A"}),
        ({"headers": {"X A": "1", "webhook-id": "1"}}, {"#/headers/X A", "#/headers/webhook-id"}),
        ({"name": ""}, {"#/name"}),
        ({"enabled": 1}, {"#/enabled"}),
        ({"secret": "whsec_mine"}, {"#/secret"}),
        ({"tenant_id": None}, {"#/tenant_id"}),
    ],
)
def test_faults_are_named(
    tenant_api: APIClient, changes: dict[str, Any], expected: set[str]
) -> None:
    answer = tenant_api.post(f"{ENDPOINTS}/create", {**examples.ENDPOINT_CREATE_REQUEST, **changes})

    assert pointers(answer) == expected
    assert not WebhookEndpoint.objects.exists()


def test_what_was_read_can_be_sent_back(tenant_api: APIClient) -> None:
    made = made_endpoint(tenant_api, headers={"Authorization": "Bearer x"})
    body = tenant_api.get(f"{ENDPOINTS}/view/{made['webhook_endpoint_id']}").json()

    again = tenant_api.put(f"{ENDPOINTS}/update/{made['webhook_endpoint_id']}", body)

    assert again.status_code == 200, again.content
    assert {**again.json(), "updated_at": None} == {**body, "updated_at": None}


def test_another_tenants_endpoints_and_deliveries_do_not_exist(
    tenant_api: APIClient, tenant: Tenant
) -> None:
    id_ = made_endpoint(tenant_api)["webhook_endpoint_id"]
    make_certificate(tenant_api, tenant)
    delivery = WebhookDelivery.objects.get().webhook_delivery_id
    other = TenantFactory.create()
    stranger = member_api(other)

    for method, path, body in (
        ("get", f"{ENDPOINTS}/view/{id_}", None),
        ("put", f"{ENDPOINTS}/update/{id_}", {"enabled": False}),
        ("delete", f"{ENDPOINTS}/delete/{id_}", None),
        ("post", f"{ENDPOINTS}/rotate-secret/{id_}", None),
        ("post", f"{ENDPOINTS}/test/{id_}", None),
        ("post", f"{ENDPOINTS}/redeliver/{id_}", {"since": "2026-01-01"}),
        ("get", f"{DELIVERIES}/view/{delivery}", None),
        ("post", f"{DELIVERIES}/redeliver/{delivery}", None),
    ):
        answer = getattr(stranger, method)(path, body)
        assert answer.status_code == 404, (path, answer.content)
    assert stranger.post(f"{ENDPOINTS}/index").json() == []
    assert stranger.post(f"{DELIVERIES}/index").json() == []
    assert stranger.get(EVENTS).json() == []
    assert stranger.get(f"{EVENTS}?tenant_id={tenant.pk}").json() == []
    created = stranger.post(f"{ENDPOINTS}/create", examples.ENDPOINT_CREATE_REQUEST)
    assert created.status_code == 403
    assert WebhookEndpoint.objects.get().enabled


def test_a_test_event_goes_to_the_endpoint_alone(tenant_api: APIClient) -> None:
    made_endpoint(tenant_api)
    id_ = made_endpoint(tenant_api, name="Tested")["webhook_endpoint_id"]

    answer = tenant_api.post(f"{ENDPOINTS}/test/{id_}")

    assert answer.status_code == 202
    assert answer.json()["event"] == "WEBHOOK_ENDPOINT::TEST"
    assert answer.json()["state"] == "pending"
    assert str(WebhookDelivery.objects.get().endpoint_id) == id_


def test_a_disabled_endpoint_is_not_sent_to(tenant_api: APIClient, tenant: Tenant) -> None:
    id_ = made_endpoint(tenant_api)["webhook_endpoint_id"]
    make_certificate(tenant_api, tenant)
    tenant_api.put(f"{ENDPOINTS}/update/{id_}", {"enabled": False})
    make_certificate(tenant_api, tenant)

    test = tenant_api.post(f"{ENDPOINTS}/test/{id_}")
    early = tenant_api.post(f"{ENDPOINTS}/redeliver/{id_}", {"since": "2020-01-01"})
    tenant_api.put(f"{ENDPOINTS}/update/{id_}", {"enabled": True})
    again = tenant_api.post(f"{ENDPOINTS}/redeliver/{id_}", {"since": "2020-01-01"})

    assert (test.status_code, early.status_code) == (409, 409)
    assert again.status_code == 202
    assert again.json() == {"failed": 1, "missed": 1}
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {"pending"}


# Deliveries


def test_deliveries_show_every_try(tenant_api: APIClient, tenant: Tenant) -> None:
    id_ = made_endpoint(tenant_api)["webhook_endpoint_id"]
    certificate_id = make_certificate(tenant_api, tenant)
    delivery = WebhookDelivery.objects.get()
    WebhookAttempt.objects.create(
        delivery=delivery,
        number=1,
        attempted_at=EXAMPLE_NOW,
        duration_ms=84,
        status=500,
        answer="Oh no",
    )
    WebhookDelivery.objects.update(
        state="failed", attempts=1, settled_at=EXAMPLE_NOW, error="500 Internal Server Error"
    )

    view = tenant_api.get(f"{DELIVERIES}/view/{delivery.webhook_delivery_id}").json()
    index = tenant_api.post(
        f"{DELIVERIES}/index", {"filter": {"webhook_endpoint_id": id_, "state": ["failed"]}}
    ).json()
    again = tenant_api.post(f"{DELIVERIES}/redeliver/{delivery.webhook_delivery_id}")
    twice = tenant_api.post(f"{DELIVERIES}/redeliver/{delivery.webhook_delivery_id}")

    assert view.pop("tries") == [
        {
            "number": 1,
            "attempted_at": "2026-03-26T10:00:00Z",
            "duration_ms": 84,
            "status": 500,
            "answer": "Oh no",
        }
    ]
    assert index == [view]
    assert (view["event"], view["certificate_id"], view["sequence"]) == (
        "CERTIFICATE::CREATE",
        certificate_id,
        1,
    )
    assert view["error"] == "500 Internal Server Error"
    assert (again.status_code, again.json()["state"]) == (202, "pending")
    assert twice.status_code == 409


@pytest.mark.parametrize(
    ("condition", "count"),
    [
        ({"event": "CERTIFICATE::CREATE"}, 2),
        ({"event": "CERTIFICATE::DELETE"}, 0),
        ({"state": "pending"}, 2),
        ({"certificate_id": None}, 0),
        ({"webhook_id": "msg_x"}, 0),
    ],
)
def test_filters_of_deliveries(
    tenant_api: APIClient, tenant: Tenant, condition: dict[str, Any], count: int
) -> None:
    made_endpoint(tenant_api)
    for _ in range(2):
        make_certificate(tenant_api, tenant)

    with CaptureQueriesContext(connection) as queries:
        answer = tenant_api.post(f"{DELIVERIES}/index", {"filter": condition})

    assert len(answer.json()) == count
    own = [query for query in queries.captured_queries if "knox" not in query["sql"]]
    assert len(own) <= 3


# Events


def test_events_are_listed_in_their_order_with_what_was_sent(
    tenant_api: APIClient, tenant: Tenant
) -> None:
    ids = [make_certificate(tenant_api, tenant) for _ in range(3)]
    tenant_api.put(f"/v2/certificate/update/{ids[0]}", {"name": "Crane"})

    listed = tenant_api.get(EVENTS).json()

    assert [event["position"] for event in listed] == [1, 2, 3, 4]
    assert [event["certificate_id"] for event in listed] == [*ids, ids[0]]
    assert list(listed[3]) == list(examples.EVENT)
    assert listed[3]["sequence"] == 2
    assert listed[3]["body"]["updated_fields"] == {"name": {"old": "Forklift", "new": "Crane"}}


def test_one_walks_on_from_the_last_position(tenant_api: APIClient, tenant: Tenant) -> None:
    for _ in range(5):
        make_certificate(tenant_api, tenant)

    first = tenant_api.get(f"{EVENTS}?per-page=3")
    link = first["Link"].removeprefix("<").partition(">")[0]
    second = tenant_api.get(link)

    assert [event["position"] for event in second.json()] == [4, 5]
    assert "Link" not in second
    assert tenant_api.get(f"{EVENTS}?after=5").json() == []
    assert pointers(tenant_api.get(f"{EVENTS}?after=-1&until=3")) == {"?after", "?until"}


def test_an_account_of_several_tenants_says_which(system_api: APIClient) -> None:
    tenants = TenantFactory.create_batch(2)
    both = member_api(*tenants)
    for tenant in tenants:
        make_certificate(both, tenant)

    for api in (both, system_api):
        assert pointers(api.get(EVENTS)) == {"?tenant_id"}
        assert len(api.get(f"{EVENTS}?tenant_id={tenants[0].pk}").json()) == 1


def test_an_event_costs_what_it_must(tenant_api: APIClient, tenant: Tenant) -> None:
    """Listing takes one query for the events, whatever their number."""
    for _ in range(20):
        make_certificate(tenant_api, tenant)

    with CaptureQueriesContext(connection) as queries:
        tenant_api.get(EVENTS)

    own = [query for query in queries.captured_queries if "knox" not in query["sql"]]
    assert len(own) == 2, [query["sql"] for query in own]
    assert (
        WebhookEvent.objects.filter(created_at__lt=datetime.now(UTC) + timedelta(1)).count() == 20
    )
