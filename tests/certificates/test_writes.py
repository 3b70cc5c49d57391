"""Creating, updating and deleting certificates."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from rest_framework.test import APIClient

from certificates.models import Certificate, CertificateAction, Tenant
from certificates.webhooks.models import WebhookEvent
from tests.factories import CertificateActionFactory, CertificateFactory, TenantFactory

BASE = "/v2/certificate"
pytestmark = pytest.mark.django_db


def body_for(tenant: Tenant, **changes: Any) -> dict[str, Any]:
    return {
        "date_release": "2023-01-31",
        "name": "Forklift",
        "action_type": "TRAINING",
        "resource_id": str(uuid4()),
        "tenant_id": str(tenant.pk),
        **changes,
    }


def created(api: APIClient, tenant: Tenant, **changes: Any) -> dict[str, Any]:
    """The whole certificate that a create made."""
    answer = api.post(f"{BASE}/create", body_for(tenant, **changes))
    assert answer.status_code == 201, answer.content
    body: dict[str, Any] = api.get(f"{BASE}/view/{answer.json()['certificate_id']}").json()
    return body


def updated(api: APIClient, id_: str, **changes: Any) -> dict[str, Any]:
    answer = api.put(f"{BASE}/update/{id_}", changes)
    assert answer.status_code == 200, answer.content
    body: dict[str, Any] = answer.json()
    return body


def faults(answer: Any) -> dict[str, str]:
    assert answer.status_code == 400, answer.content
    return {fault["pointer"]: fault["code"] for fault in answer.json()["errors"]}


def events(certificate_id: str) -> list[tuple[int | None, str]]:
    rows = WebhookEvent.objects.filter(certificate_id=certificate_id).order_by("sequence")
    return list(rows.values_list("sequence", "event_type"))


# Dates


def test_expiry_follows_from_release_and_validity(tenant_api: APIClient, tenant: Tenant) -> None:
    body = created(tenant_api, tenant, validity_unit="MONTH", validity=1)

    assert body["date_expire"] == "2023-02-28"
    assert "warning" in body


def test_without_validity_and_date_it_never_expires(tenant_api: APIClient, tenant: Tenant) -> None:
    assert "date_expire" not in created(tenant_api, tenant)


def test_expiry_follows_changes_until_it_is_set_by_hand(
    tenant_api: APIClient, tenant: Tenant
) -> None:
    certificate_id = created(tenant_api, tenant, validity_unit="YEAR", validity=1)["certificate_id"]

    later = updated(tenant_api, certificate_id, validity=2)
    by_hand = updated(tenant_api, certificate_id, date_expire="2026-06-01")
    still = updated(tenant_api, certificate_id, validity=5)
    follows_again = updated(tenant_api, certificate_id, date_expire=None)

    assert later["date_expire"] == "2025-01-31"
    assert by_hand["date_expire"] == "2026-06-01"
    assert still["date_expire"] == "2026-06-01"
    assert follows_again["date_expire"] == "2028-01-31"


def test_a_date_given_at_the_beginning_is_set_by_hand(
    tenant_api: APIClient, tenant: Tenant
) -> None:
    body = created(tenant_api, tenant, date_expire="2024-01-31", validity_unit="YEAR", validity=1)

    later = updated(tenant_api, body["certificate_id"], validity=2)

    assert later["date_expire"] == "2024-01-31"


def test_what_was_read_can_be_sent_back_and_changes_nothing(
    tenant_api: APIClient, tenant: Tenant
) -> None:
    body = created(tenant_api, tenant, validity_unit="YEAR", validity=1, data={"b": 1, "a": [2]})

    assert updated(tenant_api, body["certificate_id"], **body) == body
    assert events(body["certificate_id"]) == [(1, "CERTIFICATE::CREATE")]
    assert updated(tenant_api, body["certificate_id"], validity=2)["date_expire"] == "2025-01-31"


def test_null_unsets_what_is_optional(tenant_api: APIClient, tenant: Tenant) -> None:
    optional = {
        "note": "n",
        "data": {"k": 1},
        "resource_type": "PERSON",
        "validity_unit": "DAY",
        "validity": 3,
    }
    body = created(tenant_api, tenant, **optional)

    bare = updated(tenant_api, body["certificate_id"], **dict.fromkeys(optional))

    assert list(body) == [
        "certificate_id",
        "date_release",
        "date_expire",
        "name",
        "note",
        "action_type",
        "resource_id",
        "resource_type",
        "data",
        "warning",
        "tenant_id",
        "validity_unit",
        "validity",
    ]
    assert not {*optional, "date_expire"} & set(bare)


# Faults


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"date_expire": "2023-01-30"}, {"#/date_expire": "before_release"}),
        ({"validity": 1}, {"#/validity_unit": "both_or_neither"}),
        ({"validity_unit": "DAY"}, {"#/validity": "both_or_neither"}),
        ({"validity_unit": "YEAR", "validity": 0}, {"#/validity": "min_value"}),
        ({"validity_unit": "YEAR", "validity": 10_001}, {"#/validity": "max_value"}),
        ({"validity_unit": "YEAR", "validity": 9_000}, {"#/validity": "out_of_range"}),
        ({"validity_unit": "year", "validity": 1}, {"#/validity_unit": "invalid_choice"}),
        ({"name": ""}, {"#/name": "blank"}),
        ({"name": "n" * 256}, {"#/name": "max_length"}),
        ({"name": 7}, {"#/name": "invalid"}),
        ({"warning": 2}, {"#/warning": "max_value"}),
        ({"warning": True}, {"#/warning": "invalid"}),
        ({"warning": None}, {"#/warning": "null"}),
        ({"data": []}, {"#/data": "not_an_object"}),
        ({"data": {"k": "v" * 65_536}}, {"#/data": "too_large"}),
        ({"data": {"k": "\0"}}, {"#/data": "null_characters"}),
        ({"action_type": "DANCE"}, {"#/action_type": "invalid_choice"}),
        ({"action_type": ["TRAINING"]}, {"#/action_type": "invalid_choice"}),
        ({"resource_id": "12"}, {"#/resource_id": "invalid"}),
        ({"resource_type": "CAT"}, {"#/resource_type": "invalid_choice"}),
        ({"date_release": "31.01.2023"}, {"#/date_release": "invalid"}),
        ({"date_release": "2023-02-30"}, {"#/date_release": "invalid"}),
        ({"date_release": "2023-01-31T00:00:00Z"}, {"#/date_release": "invalid"}),
        ({"colour": "red"}, {"#/colour": "unknown"}),
    ],
)
def test_a_fault_is_named_and_nothing_is_made(
    tenant_api: APIClient, tenant: Tenant, changes: dict[str, Any], expected: dict[str, str]
) -> None:
    assert faults(tenant_api.post(f"{BASE}/create", body_for(tenant, **changes))) == expected
    assert not Certificate.objects.exists()
    assert not WebhookEvent.objects.exists()


def test_all_that_is_missing_is_named_at_once(tenant_api: APIClient) -> None:
    named = faults(tenant_api.post(f"{BASE}/create", {}))

    required = ("date_release", "name", "action_type", "resource_id", "tenant_id")
    assert named == {f"#/{name}": "required" for name in required}


def test_nesting_is_bounded(tenant_api: APIClient, tenant: Tenant) -> None:
    data: dict[str, Any] = {}
    for _ in range(70):
        data = {"k": data}

    answer = tenant_api.post(f"{BASE}/create", body_for(tenant, data=data))

    assert faults(answer) == {"#/data": "too_deep"}


def test_an_escaped_backslash_before_u0000_is_no_null_character(
    tenant_api: APIClient, tenant: Tenant
) -> None:
    assert created(tenant_api, tenant, data={"k": "\\u0000"})["data"] == {"k": "\\u0000"}


def test_release_can_not_move_behind_a_date_set_by_hand(
    tenant_api: APIClient, tenant: Tenant
) -> None:
    body = created(tenant_api, tenant, date_expire="2023-06-01")

    answer = tenant_api.put(
        f"{BASE}/update/{body['certificate_id']}", {"date_release": "2023-06-02"}
    )

    assert faults(answer) == {"#/date_expire": "before_release"}
    assert created(tenant_api, tenant, date_expire="2023-01-31")["date_expire"] == "2023-01-31"


def test_a_taken_id_is_a_conflict(tenant_api: APIClient, tenant: Tenant) -> None:
    body = created(tenant_api, tenant, certificate_id=str(uuid4()))

    answer = tenant_api.post(
        f"{BASE}/create", body_for(tenant, certificate_id=body["certificate_id"].upper())
    )

    assert answer.status_code == 409
    assert answer.json()["type"] == "/problems/certificate-exists"
    assert events(body["certificate_id"]) == [(1, "CERTIFICATE::CREATE")]


def test_the_tenant_can_not_change(tenant_api: APIClient, tenant: Tenant) -> None:
    body = created(tenant_api, tenant)
    url = f"{BASE}/update/{body['certificate_id']}"

    same = tenant_api.put(url, {"tenant_id": str(tenant.pk), "certificate_id": str(uuid4())})
    other = tenant_api.put(url, {"tenant_id": str(TenantFactory.create().pk)})

    assert same.json() == body
    assert faults(other) == {"#/tenant_id": "immutable"}


# Events and history


def test_an_update_carries_what_really_changed(tenant_api: APIClient, tenant: Tenant) -> None:
    body = created(tenant_api, tenant, validity_unit="YEAR", validity=1)

    updated(tenant_api, body["certificate_id"], validity=2, name="Forklift", note="n")

    event = WebhookEvent.objects.get(event_type="CERTIFICATE::UPDATE")
    assert json.loads(event.body) == {
        "entity_id": body["certificate_id"],
        "updated_fields": {
            "date_expire": {"old": "2024-01-31", "new": "2025-01-31"},
            "note": {"old": None, "new": "n"},
            "validity": {"old": 1, "new": 2},
        },
    }


def test_events_count_within_the_certificate(tenant_api: APIClient, tenant: Tenant) -> None:
    certificate_id = created(tenant_api, tenant)["certificate_id"]
    updated(tenant_api, certificate_id, note="n")
    tenant_api.delete(f"{BASE}/delete/{certificate_id}")

    again = created(tenant_api, tenant, certificate_id=certificate_id)

    assert again["certificate_id"] == certificate_id
    assert events(certificate_id) == [
        (1, "CERTIFICATE::CREATE"),
        (2, "CERTIFICATE::UPDATE"),
        (3, "CERTIFICATE::DELETE"),
        (4, "CERTIFICATE::CREATE"),
    ]


def test_history_says_who_did_it(tenant_api: APIClient, tenant: Tenant) -> None:
    certificate_id = created(tenant_api, tenant)["certificate_id"]
    updated(tenant_api, certificate_id, note="n")
    tenant_api.delete(f"{BASE}/delete/{certificate_id}")

    rows = Certificate.history.filter(certificate_id=certificate_id).order_by("history_id")

    assert [row.history_type for row in rows] == ["+", "~", "-"]
    assert {str(row.history_user)[:7] for row in rows} == {"member-"}


# Deleting


def test_connected_entities_stand_in_the_way(tenant_api: APIClient, tenant: Tenant) -> None:
    action = CertificateActionFactory.create(certificate__tenant=tenant)
    url = f"{BASE}/delete/{action.certificate_id}"

    for refused in (tenant_api.delete(url), tenant_api.delete(f"{url}?force=false")):
        assert refused.status_code == 400
        assert refused.json()["connected_entities"] == [
            {"type": "CERTIFICATE_ACTION", "id": str(action.pk), "name": "Work at height"}
        ]
    assert CertificateAction.objects.exists()
    assert not WebhookEvent.objects.exists()


def test_force_deletes_all_of_it_with_an_event_each(tenant_api: APIClient, tenant: Tenant) -> None:
    action = CertificateActionFactory.create(certificate__tenant=tenant)
    certificate_id = str(action.certificate_id)

    answer = tenant_api.delete(f"{BASE}/delete/{certificate_id}?force=true")

    assert answer.json() == {"deleted": True, "certificate_id": certificate_id}
    assert not Certificate.objects.exists()
    assert not CertificateAction.objects.exists()
    assert events(certificate_id) == [
        (1, "CERTIFICATE_ACTION::DELETE"),
        (2, "CERTIFICATE::DELETE"),
    ]


@pytest.mark.parametrize("force", ["1", "yes", "TRUE", ""])
def test_force_is_true_or_false(tenant_api: APIClient, tenant: Tenant, force: str) -> None:
    certificate = CertificateFactory.create(tenant=tenant)

    answer = tenant_api.delete(f"{BASE}/delete/{certificate.pk}?force={force}")

    assert list(faults(answer)) == ["?force"]
    assert Certificate.objects.exists()


# Both forms of naming a certificate


@pytest.mark.parametrize("id_", ["", "12", str(UUID(int=7)), "%00"])
@pytest.mark.parametrize(
    ("method", "operation"), [("get", "view"), ("put", "update"), ("delete", "delete")]
)
def test_what_is_no_id_is_not_found(
    tenant_api: APIClient, method: str, operation: str, id_: str
) -> None:
    if id_:
        by_path = getattr(tenant_api, method)(f"{BASE}/{operation}/{id_}")
        assert by_path.status_code == 404, by_path.content
    by_query = getattr(tenant_api, method)(f"{BASE}/{operation}?id={id_}")
    assert by_query.status_code == (400 if id_ in ("", "%00") else 404), by_query.content


def test_the_query_form_needs_the_id_and_the_path_form_none(tenant_api: APIClient) -> None:
    missing = tenant_api.get(f"{BASE}/view")
    twice = tenant_api.get(f"{BASE}/view/{uuid4()}?id={uuid4()}")

    assert faults(missing) == {"?id": "required"}
    assert faults(twice) == {"?id": "unknown"}


def test_other_methods_are_not_allowed(tenant_api: APIClient) -> None:
    answer = tenant_api.delete(f"{BASE}/index")

    assert answer.status_code == 405
    assert answer["Allow"] == "POST, OPTIONS"


# What replaces what


def replaced(*certificate_ids: str) -> list[bool]:
    rows = dict(Certificate.objects.values_list("certificate_id", "is_replaced"))
    return [rows[UUID(certificate_id)] for certificate_id in certificate_ids]


def test_every_change_sets_right_what_is_replaced(tenant_api: APIClient, tenant: Tenant) -> None:
    person = str(uuid4())

    def make(released: str, **changes: Any) -> str:
        body = created(tenant_api, tenant, resource_id=person, date_release=released, **changes)
        return str(body["certificate_id"])

    old, new = make("2020-01-01"), make("2022-01-01")
    crane = make("2023-01-01", name="Crane")
    assert replaced(old, new, crane) == [True, False, False]
    updated(tenant_api, crane, name="Forklift")
    assert replaced(old, new, crane) == [True, True, False]
    updated(tenant_api, old, date_release="2024-01-01")
    assert replaced(old, new, crane) == [False, True, True]
    updated(tenant_api, old, resource_id=str(uuid4()))
    assert replaced(old, new, crane) == [False, True, False]
    tenant_api.delete(f"{BASE}/delete/{crane}")
    assert replaced(old, new) == [False, False]
