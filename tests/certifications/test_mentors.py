from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from certifications.models import Certification, Mentor, Organisation, Renewal
from cron.models import ExpiryCheckRun
from tests.factories import (
    CertificationFactory,
    ExpiryCheckRunFactory,
    MentorFactory,
    OrganisationFactory,
    RenewalFactory,
)

pytestmark = pytest.mark.django_db

PATH = "/api/v1/mentors"
KARI = {"name": "Kari Nordmann", "email": "kari@example.org", "language": "nb"}


def test_a_put_registers_a_mentor_and_the_organisation(system_api: APIClient) -> None:
    response = system_api.put(f"{PATH}/kari", {**KARI, "organisation_id": "fjord"})

    assert response.status_code == 201
    body = response.json()
    assert list(body) == [
        "mentor_id",
        "name",
        "email",
        "language",
        "organisation_id",
        "organisation_name",
        "public_badges",
        "created_at",
        "updated_at",
    ]
    assert body["mentor_id"] == "kari"
    assert (body["organisation_id"], body["organisation_name"]) == ("fjord", "fjord")
    assert Organisation.objects.get().pk == "fjord"


def test_consent_to_public_badges_stays_until_it_is_given_or_withdrawn(
    system_api: APIClient,
) -> None:
    def put(**more: bool) -> bool:
        agreed: bool = system_api.put(f"{PATH}/kari", {**KARI, **more}).json()["public_badges"]
        return agreed

    assert [put(), put(public_badges=True), put(), put(public_badges=False), put()] == [
        False,
        True,
        True,
        False,
        False,
    ]


def test_a_put_replaces_what_is_known(system_api: APIClient) -> None:
    organisation = OrganisationFactory.create(name="Fjord")
    MentorFactory.create(id="kari", organisation=organisation)

    response = system_api.put(f"{PATH}/kari", KARI)

    assert response.status_code == 200
    mentor = Mentor.objects.get()
    assert (mentor.name, mentor.email, mentor.language) == tuple(KARI.values())
    assert mentor.organisation is None


def test_what_was_read_can_be_sent_back(system_api: APIClient) -> None:
    MentorFactory.create(id="kari", organisation=OrganisationFactory.create())
    body = system_api.get(f"{PATH}/kari").json()

    response = system_api.put(f"{PATH}/kari", body)

    assert response.status_code == 200
    assert response.json()["organisation_id"] == body["organisation_id"]


@pytest.mark.parametrize(
    ("path", "change", "pointer"),
    [
        ("kari", {"email": "nobody"}, "#/email"),
        ("kari", {"email": "a@example.org\nBcc: b@example.org"}, "#/email"),
        ("kari", {"email": 7}, "#/email"),
        ("kari", {"language": "xx"}, "#/language"),
        ("kari", {"organisation_id": "a b"}, "#/organisation_id"),
        ("kari", {"name": None}, "#/name"),
        ("expiring", {}, "#/mentor_id"),
        ("ka ri", {}, "#/mentor_id"),
    ],
)
def test_a_bad_mentor_is_refused_and_nothing_is_made(
    system_api: APIClient, path: str, change: dict[str, object], pointer: str
) -> None:
    response = system_api.put(f"{PATH}/{path}", {**KARI, **change})

    assert response.status_code == 400
    assert [fault["pointer"] for fault in response.json()["errors"]] == [pointer]
    assert not Mentor.objects.exists()


def test_a_mentor_without_certifications_is_deleted(system_api: APIClient) -> None:
    MentorFactory.create(id="kari")

    response = system_api.delete(f"{PATH}/kari")

    assert response.json() == {"deleted": True, "mentor_id": "kari"}
    assert not Mentor.objects.exists()
    assert not Mentor.history.exists()


def test_a_mentor_who_holds_certifications_stays_without_force(system_api: APIClient) -> None:
    certification = CertificationFactory.create(mentor=MentorFactory.create(id="kari"))

    response = system_api.delete(f"{PATH}/kari")

    assert response.status_code == 409
    assert response.json()["held"] == [certification.certification_type_id]
    assert Mentor.objects.exists()


def test_force_erases_the_person_and_keeps_the_figures(system_api: APIClient) -> None:
    kari = MentorFactory.create(id="kari")
    RenewalFactory.create(certification=CertificationFactory.create(mentor=kari))
    gone = CertificationFactory.create(mentor=kari, certification_type__code="gone")
    gone.delete()
    RenewalFactory.create(certification=CertificationFactory.create())
    ExpiryCheckRunFactory.create()

    response = system_api.delete(f"{PATH}/kari?force=true")

    assert response.status_code == 200
    for model in (Mentor, Certification, Renewal):
        assert model.objects.count() == 1
    assert not Mentor.history.filter(id="kari").exists()
    assert not Certification.history.filter(mentor_id="kari").exists()
    assert Renewal.history.values("certification").distinct().count() == 1
    assert ExpiryCheckRun.objects.get().mentors_checked == 124


@pytest.mark.parametrize("force", ["maybe", "1", "True", ""])
def test_force_is_true_or_false(system_api: APIClient, force: str) -> None:
    MentorFactory.create(id="kari")

    response = system_api.delete(f"{PATH}/kari?force={force}")

    assert response.status_code == 400
    assert Mentor.objects.exists()


def test_the_list_filters_by_organisation_and_costs_the_same_whatever_its_length(
    system_api: APIClient, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    organisation = OrganisationFactory.create(id="fjord")
    MentorFactory.create_batch(30, organisation=organisation)
    MentorFactory.create()

    # Beside the token's account and its roles.
    with django_assert_max_num_queries(2 + 2):
        body = system_api.get(PATH, {"organisation_id": "fjord"}).json()

    assert body["pagination"]["total"] == 30


def test_an_unknown_mentor_is_not_found(system_api: APIClient) -> None:
    assert system_api.get(f"{PATH}/nobody").status_code == 404
    assert system_api.delete(f"{PATH}/nobody").status_code == 404
