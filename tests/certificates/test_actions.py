"""Actions of certificates: own and inherited dates, events, faults."""

from __future__ import annotations

import json
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from certificates.api import examples
from certificates.models import Certificate, CertificateAction, Tenant
from certificates.webhooks.models import WebhookEvent
from tests.contract.compare import assert_same
from tests.factories import CertificateActionFactory, CertificateFactory, TenantFactory
from tests.tenants import member_api

BASE = "/v2/certificate-action"
pytestmark = pytest.mark.django_db


@pytest.fixture
def certificate() -> Certificate:
    """The certificate of the examples."""
    return CertificateFactory.create(
        tenant=TenantFactory.create(tenant_id=examples.ACTION["tenant_id"]),
        certificate_id=examples.ACTION["certificate_id"],
        date_expire=date(2023, 1, 1),
    )


@pytest.fixture
def tenant_api(certificate: Certificate) -> APIClient:
    return member_api(certificate.tenant)


def created(api: APIClient, **changes: Any) -> dict[str, Any]:
    answer = api.post(f"{BASE}/create", {**examples.ACTION_CREATE_REQUEST, **changes})
    assert answer.status_code == 201, answer.content
    body: dict[str, Any] = answer.json()
    return body


def updated(api: APIClient, id_: str, **changes: Any) -> dict[str, Any]:
    answer = api.put(f"{BASE}/update/{id_}", changes)
    assert answer.status_code == 200, answer.content
    body: dict[str, Any] = answer.json()
    return body


def fault(answer: Any) -> tuple[str, str]:
    assert answer.status_code == 400, answer.content
    (only,) = answer.json()["errors"]
    return only["pointer"], only["code"]


def last_event() -> tuple[str, Any]:
    event = WebhookEvent.objects.latest("position")
    return event.event_type, json.loads(event.body)


def test_the_five_operations_as_documented(tenant_api: APIClient) -> None:
    id_ = examples.ACTION["certificate_action_id"]

    assert_same(created(tenant_api, certificate_action_id=id_), examples.ACTION)
    assert last_event() == ("CERTIFICATE_ACTION::CREATE", examples.ACTION)
    assert_same(
        tenant_api.post(f"{BASE}/index", examples.ACTION_INDEX_REQUEST).json(),
        examples.ACTION_INDEX,
    )
    assert_same(tenant_api.get(f"{BASE}/view/{id_}").json(), examples.ACTION)
    assert_same(tenant_api.get(f"{BASE}/view?id={id_}").json(), examples.ACTION)
    assert_same(updated(tenant_api, id_, **examples.ACTION_UPDATE_REQUEST), examples.ACTION_UPDATED)
    assert last_event() == ("CERTIFICATE_ACTION::UPDATE", examples.EVENT_ACTION_UPDATE)
    assert_same(tenant_api.delete(f"{BASE}/delete/{id_}").json(), examples.ACTION_DELETED)
    assert last_event() == ("CERTIFICATE_ACTION::DELETE", examples.ACTION_UPDATED)
    assert not CertificateAction.objects.exists()


def test_an_inherited_date_follows_the_certificate(
    tenant_api: APIClient, certificate: Certificate
) -> None:
    inheriting = created(tenant_api)["certificate_action_id"]
    own = created(tenant_api, date_expire="2022-05-05")["certificate_action_id"]

    tenant_api.put(f"/v2/certificate/update/{certificate.pk}", {"date_expire": "2024-02-02"})

    assert tenant_api.get(f"{BASE}/view/{inheriting}").json()["date_expire"] == "2024-02-02"
    assert tenant_api.get(f"{BASE}/view/{own}").json()["date_expire"] == "2022-05-05"
    assert last_event() == (
        "CERTIFICATE_ACTION::UPDATE",
        {
            "entity_id": inheriting,
            "updated_fields": {"date_expire": {"old": "2023-01-01", "new": "2024-02-02"}},
        },
    )
    sequences = WebhookEvent.objects.filter(certificate_id=certificate.pk)
    assert list(sequences.order_by("position").values_list("sequence", flat=True)) == [1, 2, 3, 4]


def test_an_own_date_is_given_back(tenant_api: APIClient) -> None:
    id_ = created(tenant_api, date_expire="2022-05-05")["certificate_action_id"]

    by_null = updated(tenant_api, id_, date_expire=None)
    own_again = updated(tenant_api, id_, date_expire="2022-06-06")
    by_word = updated(tenant_api, id_, is_date_inherited=True)

    assert (by_null["date_expire"], by_null["is_date_inherited"]) == ("2023-01-01", True)
    assert (own_again["date_expire"], own_again["is_date_inherited"]) == ("2022-06-06", False)
    assert (by_word["date_expire"], by_word["is_date_inherited"]) == ("2023-01-01", True)


def test_the_inherited_date_can_be_made_the_actions_own(tenant_api: APIClient) -> None:
    id_ = created(tenant_api)["certificate_action_id"]

    own = updated(tenant_api, id_, date_expire="2023-01-01", is_date_inherited=False)

    assert (own["date_expire"], own["is_date_inherited"]) == ("2023-01-01", False)


def test_what_was_read_can_be_sent_back(tenant_api: APIClient) -> None:
    for body in (created(tenant_api), created(tenant_api, date_expire="2022-05-05")):
        before = WebhookEvent.objects.count()

        assert updated(tenant_api, body["certificate_action_id"], **body) == body
        assert WebhookEvent.objects.count() == before


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"certificate_id": str(uuid4())}, ("#/certificate_id", "does_not_exist")),
        ({"tenant_id": str(uuid4())}, ("#/tenant_id", "immutable")),
        ({"is_date_inherited": False}, ("#/date_expire", "required")),
        (
            {"is_date_inherited": True, "date_expire": "2022-05-05"},
            ("#/date_expire", "contradiction"),
        ),
        ({"is_date_inherited": 2}, ("#/is_date_inherited", "invalid")),
        ({"action_name": ""}, ("#/action_name", "blank")),
        ({"action_code": "c" * 101}, ("#/action_code", "max_length")),
    ],
)
def test_faults_are_named(
    tenant_api: APIClient, changes: dict[str, Any], expected: tuple[str, str]
) -> None:
    answer = tenant_api.post(f"{BASE}/create", {**examples.ACTION_CREATE_REQUEST, **changes})

    assert fault(answer) == expected
    assert not CertificateAction.objects.exists()


def test_an_action_stays_with_its_certificate(
    tenant_api: APIClient, certificate: Certificate
) -> None:
    id_ = created(tenant_api)["certificate_action_id"]
    other = CertificateFactory.create(tenant=certificate.tenant)

    answer = tenant_api.put(f"{BASE}/update/{id_}", {"certificate_id": str(other.pk)})

    assert fault(answer) == ("#/certificate_id", "immutable")


def test_anothers_certificate_does_not_exist(tenant_api: APIClient) -> None:
    theirs = CertificateFactory.create()

    answer = tenant_api.post(
        f"{BASE}/create", {**examples.ACTION_CREATE_REQUEST, "certificate_id": str(theirs.pk)}
    )

    assert fault(answer) == ("#/certificate_id", "does_not_exist")


def test_a_taken_id_is_a_conflict(tenant_api: APIClient) -> None:
    id_ = created(tenant_api)["certificate_action_id"]

    answer = tenant_api.post(
        f"{BASE}/create", {**examples.ACTION_CREATE_REQUEST, "certificate_action_id": id_}
    )

    assert answer.status_code == 409


def test_filters_and_orders(tenant_api: APIClient, certificate: Certificate) -> None:
    tenant: Tenant = certificate.tenant
    for name, code in (("Weld", "B"), ("lift", "A"), ("Åk", None)):
        CertificateActionFactory.create(
            certificate=certificate, tenant=tenant, action_name=name, action_code=code
        )

    def names(**body: Any) -> list[str]:
        return [row["action_name"] for row in tenant_api.post(f"{BASE}/index", body).json()]

    assert names(sort="action_code") == ["lift", "Weld", "Åk"]
    assert names(filter={"action_name": "LI"}) == ["lift"]
    assert names(filter={"action_name": "å"}) == ["Åk"]
    assert names(filter={"action_code": None}) == ["Åk"]
    assert len(names(filter={"is_date_inherited": True})) == 3
    assert names(filter={"date_expire": {"from": "2023-01-02"}}) == []
