"""What published clients of these APIs send to `certificate-action`, in Python and in PHP."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from certificates.models import Certificate, CertificateAction
from tests.certificates.test_actions import fault, last_event
from tests.factories import CertificateActionFactory, CertificateFactory, TenantFactory
from tests.tenants import member_api

BASE = "/v2/certificate-action"
PERSON = "123e4567-e89b-12d3-a456-426655440000"
pytestmark = pytest.mark.django_db


@pytest.fixture
def certificate() -> Certificate:
    return CertificateFactory.create(
        name="Work at height",
        action_type="TRAINING",
        resource_id=PERSON,
        date_release=date(2022, 1, 1),
        date_expire=date(2199, 1, 1),
    )


@pytest.fixture
def tenant_api(certificate: Certificate) -> APIClient:
    return member_api(certificate.tenant)


def names(api: APIClient, body: Any) -> list[str]:
    answer = api.post(f"{BASE}/index", body)
    assert answer.status_code == 200, answer.content
    return [row["action_name"] for row in answer.json()]


def four_keys(certificate: Certificate) -> dict[str, str]:
    return {
        "certificate_action_id": str(uuid4()),
        "certificate_id": str(certificate.pk),
        "action_id": str(uuid4()),
        "tenant_id": str(certificate.tenant_id),
    }


def test_an_action_without_a_name_is_called_what_its_certificate_is_called(
    tenant_api: APIClient, certificate: Certificate
) -> None:
    made = tenant_api.post(f"{BASE}/create", four_keys(certificate))

    assert (made.status_code, made.json()["action_name"]) == (201, "Work at height")
    assert last_event()[1]["action_name"] == "Work at height"
    assert names(tenant_api, {"filter": {"action_name": "HEIGHT"}}) == ["Work at height"]


def test_a_name_that_is_given_stays_and_an_empty_one_is_refused(
    tenant_api: APIClient, certificate: Certificate
) -> None:
    given = tenant_api.post(f"{BASE}/create", {**four_keys(certificate), "action_name": "Climb"})
    empty = tenant_api.post(f"{BASE}/create", {**four_keys(certificate), "action_name": ""})

    assert given.json()["action_name"] == "Climb"
    assert fault(empty) == ("#/action_name", "blank")


def test_the_fallback_does_not_follow_the_certificate_nor_come_with_an_update(
    tenant_api: APIClient, certificate: Certificate
) -> None:
    id_ = tenant_api.post(f"{BASE}/create", four_keys(certificate)).json()["certificate_action_id"]

    tenant_api.put(f"/v2/certificate/update/{certificate.pk}", {"name": "Other"})
    updated = tenant_api.put(f"{BASE}/update/{id_}", {"action_code": "WAH"})

    assert updated.json()["action_name"] == "Work at height"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"action_type": "TRAINING"}, ["Climb"]),
        ({"action_type": "MAINTENANCE"}, ["Weld"]),
        ({"action_type": ["TRAINING", "MAINTENANCE"]}, ["Climb", "Weld"]),
        ({"resource_id": PERSON}, ["Climb"]),
        ({"resource_id": [PERSON, str(uuid4())]}, ["Climb"]),
        ({"certificate_name": "at HEIGHT"}, ["Climb"]),
        ({"certificate_name": ["height", "torch"]}, ["Climb", "Weld"]),
        ({"action_type": "TRAINING", "certificate_name": "torch"}, []),
        ({"action_type": "TRAINING", "action_name": "climb", "is_date_inherited": 1}, ["Climb"]),
    ],
)
def test_the_index_filters_by_the_certificate(
    tenant_api: APIClient, certificate: Certificate, condition: dict[str, Any], expected: list[str]
) -> None:
    other = CertificateFactory.create(
        tenant=certificate.tenant, name="Torch", action_type="MAINTENANCE"
    )
    stranger = CertificateFactory.create(tenant=TenantFactory.create(), resource_id=PERSON)
    for name, of in (("Climb", certificate), ("Weld", other), ("Not ours", stranger)):
        CertificateActionFactory.create(certificate=of, tenant=of.tenant, action_name=name)

    body = {"filter": condition, "per-page": 10, "page": 1, "sort": "action_name"}

    assert names(tenant_api, body) == expected


@pytest.mark.parametrize("sent", [{}, {"history": True}, {"filter": {"action_name": "Old"}}])
def test_history_shows_actions_of_replaced_certificates_and_is_the_default(
    tenant_api: APIClient, certificate: Certificate, sent: dict[str, Any]
) -> None:
    make_old(certificate)

    assert "Old" in names(tenant_api, sent)


@pytest.mark.parametrize(
    "sent", [{"history": False}, {"history": False, "filter": {"certificate_name": "height"}}]
)
def test_without_history_actions_of_replaced_certificates_are_hidden(
    tenant_api: APIClient, certificate: Certificate, sent: dict[str, Any]
) -> None:
    make_old(certificate)
    CertificateActionFactory.create(
        certificate=certificate, tenant=certificate.tenant, action_name="New"
    )

    assert names(tenant_api, {"per-page": 20, "page": 1, **sent}) == ["New"]


def make_old(certificate: Certificate) -> None:
    """An action of an expired certificate that `certificate` replaced."""
    old = CertificateFactory.create(
        tenant=certificate.tenant,
        name=certificate.name,
        action_type=certificate.action_type,
        resource_id=certificate.resource_id,
        date_release=date(2020, 1, 1),
        date_expire=date(2021, 1, 1),
    )
    Certificate.objects.filter(pk=old.pk).mark_replaced()
    CertificateActionFactory.create(certificate=old, tenant=old.tenant, action_name="Old")


@pytest.mark.parametrize(("sent", "means"), [(1, True), (0, False), (1.0, True), (True, True)])
def test_a_flag_is_1_or_0_as_well(
    tenant_api: APIClient, certificate: Certificate, sent: Any, means: bool
) -> None:
    body = {**four_keys(certificate), "is_date_inherited": sent}
    if not means:
        body["date_expire"] = "2190-01-01"

    made = tenant_api.post(f"{BASE}/create", body)

    assert made.status_code == 201, made.content
    assert CertificateAction.objects.get().is_date_inherited is means
    assert len(names(tenant_api, {"filter": {"is_date_inherited": sent}})) == 1
    assert names(tenant_api, {"filter": {"is_date_inherited": [int(not means)]}}) == []


@pytest.mark.parametrize("sent", [2, -1, "1", "true", 0.5, None, []])
def test_what_only_looks_like_a_flag_is_refused(
    tenant_api: APIClient, certificate: Certificate, sent: Any
) -> None:
    answer = tenant_api.post(
        f"{BASE}/create", {**four_keys(certificate), "is_date_inherited": sent}
    )

    assert fault(answer)[0] == "#/is_date_inherited"


@pytest.mark.parametrize("entity", ["certificate", "certificate-action", "attachment"])
def test_an_empty_list_is_an_empty_body(tenant_api: APIClient, entity: str) -> None:
    assert tenant_api.post(f"/v2/{entity}/index", []).status_code == 200


def test_an_empty_list_makes_nothing_and_changes_nothing(
    tenant_api: APIClient, certificate: Certificate
) -> None:
    made = tenant_api.post(f"{BASE}/create", [])
    updated = tenant_api.put(f"/v2/certificate/update/{certificate.pk}", [])

    assert made.status_code == 400
    assert {error["code"] for error in made.json()["errors"]} == {"required"}
    assert (updated.status_code, updated.json()["name"]) == (200, "Work at height")


@pytest.mark.parametrize("body", [[{}], [1], "", 0, False])
def test_other_things_than_objects_are_refused(tenant_api: APIClient, body: Any) -> None:
    assert tenant_api.post(f"{BASE}/index", body).status_code == 400
