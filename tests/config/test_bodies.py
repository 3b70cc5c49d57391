"""How bodies are read: strictly, all faults at once, moments in UTC."""

from __future__ import annotations

import json

import pytest
from rest_framework.test import APIClient

from certifications.models import Certification

pytestmark = pytest.mark.django_db

PATH = "/api/v1/certification-records"
BODY = {"mentor_id": "m", "cert_type": "t", "expires_at": "2099-01-01"}


def faults(response: object) -> list[tuple[str, str]]:
    body = response.json()  # type: ignore[attr-defined]
    return [(fault["pointer"], fault["code"]) for fault in body["errors"]]


def test_all_faults_of_a_body_are_named_at_once(api: APIClient) -> None:
    response = api.post(
        PATH, {"mentor_id": "a b", "cert_type": 7, "status": "lost", "colour": "red"}
    )

    assert response.status_code == 400
    assert faults(response) == [
        ("#/mentor_id", "invalid"),
        ("#/cert_type", "invalid"),
        ("#/status", "invalid_choice"),
        ("#/expires_at", "required"),
        ("#/colour", "unknown"),
    ]
    assert not Certification.objects.exists()


def test_an_unknown_key_is_refused_beside_a_sound_body(api: APIClient) -> None:
    response = api.post(PATH, {**BODY, "a/b~c": 1})

    assert faults(response) == [("#/a~1b~0c", "unknown")]


def test_read_only_keys_are_ignored(api: APIClient) -> None:
    response = api.post(
        PATH, {**BODY, "upserted": False, "renewal_history": "x", "updated_at": None}
    )

    assert response.status_code == 201
    assert response.json()["renewal_history"] == []


@pytest.mark.parametrize("body", [[], "text", 7, None, [BODY]])
def test_a_body_that_is_no_object_is_refused(api: APIClient, body: object) -> None:
    # Not by `format`, for which `None` is no body.
    response = api.post(PATH, json.dumps(body), content_type="application/json")

    assert response.status_code == 400
    assert not Certification.objects.exists()


@pytest.mark.parametrize("value", [7, 1.5, True, None, [], {}, "", "   ", "a\u0000b", "x" * 101])
def test_what_is_no_sound_string_is_refused(api: APIClient, value: object) -> None:
    response = api.post(PATH, {**BODY, "cert_type": value})

    assert response.status_code == 400
    assert {pointer for pointer, _ in faults(response)} == {"#/cert_type"}


def test_strings_are_trimmed(api: APIClient) -> None:
    api.post(PATH, {**BODY, "mentor_id": " m ", "cert_type": "\tfirst aid\n"})

    certification = Certification.objects.get()
    assert (certification.mentor_id, certification.certification_type_id) == ("m", "first aid")


@pytest.mark.parametrize("value", ["true", "false", 0, 1, "yes", None])
def test_truth_is_true_or_false(api: APIClient, value: object) -> None:
    response = api.post(
        "/api/v1/certification-cron",
        {"name": "n", "cron_expression": "@daily", "enabled": value},
    )

    assert [pointer for pointer, _ in faults(response)] == ["#/enabled"]


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("2099-01-02", "2099-01-02T00:00:00Z"),
        ("2099-01-02T03:04:05Z", "2099-01-02T03:04:05Z"),
        ("2099-01-02T03:04:05", "2099-01-02T03:04:05Z"),
        ("2099-01-02T03:04:05+02:00", "2099-01-02T01:04:05Z"),
        ("2099-01-02T03:04:05-05:30", "2099-01-02T08:34:05Z"),
        ("2099-01-02T03:04:05.999999Z", "2099-01-02T03:04:05Z"),
        ("2099-01-02T23:59:59.9-00:01", "2099-01-03T00:00:59Z"),
        (" 2099-01-02 ", "2099-01-02T00:00:00Z"),
        ("2200-12-31T23:59:59Z", "2200-12-31T23:59:59Z"),
    ],
)
def test_moments_are_taken_in_any_form_and_answered_in_one(
    api: APIClient, given: str, stored: str
) -> None:
    body = api.post(PATH, {**BODY, "expires_at": given}).json()

    assert body["expires_at"] == stored
    assert api.get(f"{PATH}/m").json()["expires_at"] == stored


@pytest.mark.parametrize(
    "given",
    [
        "tomorrow",
        "2099-13-01",
        "2099-02-30",
        "2099-01-01T24:00:00Z",
        "2099-01-01T00:00:00+25:00",
        "2099-01-01T00:00:00\u0000",
        "01/02/2099",
        "",
        4102444800,
        None,
        "0001-01-01T00:00:00+05:00",
        "9999-12-31T23:59:59-05:00",
        "10000-01-01",
    ],
)
def test_what_is_no_moment_is_refused(api: APIClient, given: object) -> None:
    response = api.post(PATH, {**BODY, "expires_at": given})

    assert response.status_code == 400
    assert [pointer for pointer, _ in faults(response)] == ["#/expires_at"]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00"])
def test_a_moment_out_of_range_is_refused_wherever_one_is_taken(
    api: APIClient, moment: str
) -> None:
    body = {"mentor_id": "m", "certification_type": "t", "expiry_date": moment}

    responses = {
        "#/expiry_date": api.post("/api/v1/certifications", body),
        "#/issued_at": api.post(PATH, {**BODY, "issued_at": moment}),
        "?expires_after": api.get(PATH, {"expires_after": moment}),
    }

    for pointer, response in responses.items():
        assert response.status_code == 400
        assert [place for place, _ in faults(response)] == [pointer]


def test_a_record_that_was_read_can_be_sent_back(api: APIClient) -> None:
    api.post(PATH, BODY)
    record = api.get(f"{PATH}/m").json()

    response = api.put(f"{PATH}/m", record)

    assert response.status_code == 200
    assert api.get(f"{PATH}/m").json()["expires_at"] == record["expires_at"]
