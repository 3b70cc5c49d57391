"""Contract 1: which certification is meant, and what a write does to it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from rest_framework.test import APIClient

from certifications.models import Certification, CertificationType, Mentor
from tests.factories import CertificationFactory, CertificationTypeFactory, MentorFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_at_example_time")]

PATH = "/api/v1/certification-records"


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def held(mentor: Mentor, code: str, issued_at: str, **values: object) -> Certification:
    kind = CertificationTypeFactory.create(code=code)
    return CertificationFactory.create(
        mentor=mentor, certification_type=kind, issued_at=day(issued_at), **values
    )


def fault_pointers(response: object) -> list[str]:
    return [fault["pointer"] for fault in response.json()["errors"]]  # type: ignore[attr-defined]


def test_a_second_post_replaces_the_record_and_says_so(api: APIClient) -> None:
    body = {"mentor_id": "m", "cert_type": "t", "expires_at": "2027-01-01"}
    first = api.post(PATH, body)

    second = api.post(PATH, {**body, "expires_at": "2028-01-01", "status": "suspended"})

    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json()["upserted"] is True
    record = Certification.objects.get()
    assert (record.status, record.expires_at) == ("suspended", day("2028-01-01"))


def test_status_and_issue_have_defaults(api: APIClient) -> None:
    body = api.post(PATH, {"mentor_id": "m", "cert_type": "t", "expires_at": "2027-01-01"}).json()

    assert (body["status"], body["issued_at"]) == ("active", "2026-03-26T10:00:00Z")


def test_unknown_mentors_and_types_are_registered_on_first_use(api: APIClient) -> None:
    api.post(PATH, {"mentor_id": "new", "cert_type": "kind", "expires_at": "2027-01-01"})

    assert Mentor.objects.get().pk == "new"
    assert CertificationType.objects.get().reminder_stages == [30, 14, 7, 1, 0]


@pytest.mark.parametrize(
    "mentor_id", ["expiring", "", "with space", "a/b", "å", "x" * 65, "a\u0000b", 42, None]
)
def test_an_id_that_no_mentor_can_have_is_refused(api: APIClient, mentor_id: object) -> None:
    response = api.post(
        PATH, {"mentor_id": mentor_id, "cert_type": "t", "expires_at": "2027-01-01"}
    )

    assert response.status_code == 400
    assert set(fault_pointers(response)) == {"#/mentor_id"}
    assert not Mentor.objects.exists()


@pytest.mark.parametrize("mentor_id", ["x" * 64, "A.b_c~d-9", "0"])
def test_ids_of_unreserved_characters_are_taken(api: APIClient, mentor_id: str) -> None:
    response = api.post(
        PATH, {"mentor_id": mentor_id, "cert_type": "t", "expires_at": "2027-01-01"}
    )

    assert response.status_code == 201
    assert api.get(f"{PATH}/{mentor_id}").status_code == 200


@pytest.mark.parametrize("expires_at", ["2026-03-26T10:00:00Z", "2026-01-01"])
def test_it_has_to_expire_later_than_it_was_issued(api: APIClient, expires_at: str) -> None:
    response = api.post(PATH, {"mentor_id": "m", "cert_type": "t", "expires_at": expires_at})

    assert response.status_code == 400
    assert fault_pointers(response) == ["#/expires_at"]
    assert not Mentor.objects.exists()
    assert not CertificationType.objects.exists()


def test_the_current_one_is_the_latest_issued(api: APIClient) -> None:
    mentor = MentorFactory.create(id="m")
    held(mentor, "newer", "2026-02-01")
    held(mentor, "older", "2025-02-01", updated_at=day("2026-03-20"))

    assert api.get(f"{PATH}/m").json()["cert_type"] == "newer"
    assert api.get(f"{PATH}/m", {"cert_type": "older"}).json()["cert_type"] == "older"


def test_of_those_issued_at_once_the_latest_changed_is_current(api: APIClient) -> None:
    mentor = MentorFactory.create(id="m")
    held(mentor, "a", "2026-02-01", updated_at=day("2026-03-01"))
    held(mentor, "b", "2026-02-01", updated_at=day("2026-03-02"))

    assert api.get(f"{PATH}/m").json()["cert_type"] == "b"


@pytest.mark.parametrize("query", [{}, {"cert_type": "other"}])
def test_what_is_not_held_is_not_found(api: APIClient, query: dict[str, str]) -> None:
    if query:
        held(MentorFactory.create(id="m"), "one", "2026-02-01")

    assert api.get(f"{PATH}/m", query).status_code == 404


def test_a_put_that_could_mean_several_changes_none(api: APIClient) -> None:
    mentor = MentorFactory.create(id="m")
    held(mentor, "b", "2026-02-01")
    held(mentor, "a", "2026-02-01")
    before = list(Certification.objects.values())

    put = api.put(
        f"{PATH}/m", {"cert_type": "third", "status": "active", "expires_at": "2028-01-01"}
    )
    delete = api.delete(f"{PATH}/m")

    for response in (put, delete):
        assert response.status_code == 409
        assert response.json()["held"] == ["a", "b"]
        assert "?cert_type=" in response.json()["detail"]
    assert list(Certification.objects.values()) == before


def test_a_put_means_the_type_in_the_query_first(api: APIClient) -> None:
    mentor = MentorFactory.create(id="m")
    held(mentor, "a", "2026-02-01")
    held(mentor, "b", "2026-02-01")
    body = {"cert_type": "c", "status": "active", "expires_at": "2028-01-01"}

    response = api.put(f"{PATH}/m?cert_type=a", body)

    assert response.status_code == 200
    types = Certification.objects.values_list("certification_type_id", flat=True)
    assert sorted(types) == ["b", "c"]


def test_a_put_means_the_type_in_the_body_next(api: APIClient) -> None:
    mentor = MentorFactory.create(id="m")
    held(mentor, "a", "2026-02-01")
    held(mentor, "b", "2026-02-01")
    body = {"cert_type": "a", "status": "suspended", "expires_at": "2028-01-01"}

    api.put(f"{PATH}/m", body)

    statuses = dict(Certification.objects.values_list("certification_type_id", "status"))
    assert statuses == {"a": "suspended", "b": "active"}


def test_a_put_changes_the_type_of_the_only_one(api: APIClient) -> None:
    held(MentorFactory.create(id="m"), "a", "2026-02-01")

    api.put(f"{PATH}/m", {"cert_type": "b", "status": "active", "expires_at": "2028-01-01"})

    assert Certification.objects.get().certification_type_id == "b"


def test_a_put_can_not_make_two_of_one_type(api: APIClient) -> None:
    mentor = MentorFactory.create(id="m")
    held(mentor, "a", "2026-02-01")
    held(mentor, "b", "2026-02-01")
    body = {"cert_type": "b", "status": "active", "expires_at": "2028-01-01"}

    response = api.put(f"{PATH}/m?cert_type=a", body)

    assert response.status_code == 409
    assert response.json()["type"] == "/problems/certification-exists"
    assert Certification.objects.count() == 2


def test_a_put_keeps_the_issue_unless_it_is_given(api: APIClient) -> None:
    held(MentorFactory.create(id="m"), "a", "2026-02-01")
    body = {"cert_type": "a", "status": "active", "expires_at": "2028-01-01"}

    api.put(f"{PATH}/m", body)
    kept = Certification.objects.get().issued_at
    api.put(f"{PATH}/m", {**body, "issued_at": "2026-03-01"})

    assert kept == day("2026-02-01")
    assert Certification.objects.get().issued_at == day("2026-03-01")


@pytest.mark.parametrize("missing", ["cert_type", "status", "expires_at"])
def test_a_put_needs_all_its_fields(api: APIClient, missing: str) -> None:
    held(MentorFactory.create(id="m"), "a", "2026-02-01")
    body = {"cert_type": "a", "status": "active", "expires_at": "2028-01-01"}
    del body[missing]

    response = api.put(f"{PATH}/m", body)

    assert fault_pointers(response) == [f"#/{missing}"]


def test_what_was_read_can_be_sent_back(api: APIClient) -> None:
    held(MentorFactory.create(id="m"), "a", "2026-02-01")
    body = api.get(f"{PATH}/m").json()

    put = api.put(f"{PATH}/m", body)
    post = api.post(PATH, body)

    assert (put.status_code, post.status_code) == (200, 200)


def test_deleting_a_record_keeps_the_mentor(api: APIClient) -> None:
    mentor = MentorFactory.create(id="m")
    held(mentor, "a", "2026-02-01")
    held(mentor, "b", "2026-02-01")

    response = api.delete(f"{PATH}/m?cert_type=a")

    assert response.status_code == 200
    assert Certification.objects.get().certification_type_id == "b"
    assert Mentor.objects.exists()
