"""`.` and `..` name nothing: clients resolve them as steps in a path, and no request arrives."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from rest_framework.test import APIClient

from certifications.models import Certification, CertificationType, Mentor, Organisation
from tests.config.test_conditional import MENTOR, RECORD
from tests.config.test_problems import assert_problem

pytestmark = pytest.mark.django_db

DOTS = [".", "..", " .. "]


@pytest.mark.parametrize("dots", DOTS)
def test_no_id_that_is_written_is_mere_dots(system_api: APIClient, dots: str) -> None:
    expiry = {"mentor_id": "m", "certification_type": "t", "expiry_date": "2199-01-01"}
    award = {"badge_definition_id": "bdg-def-001", "peer_mentor_id": dots}
    asked: list[tuple[str, str, Any]] = [
        ("post", "/api/v1/certification-records", {"mentor_id": dots, **RECORD}),
        ("post", "/api/v1/certifications", {**expiry, "mentor_id": dots}),
        ("post", "/api/v1/certifications", {**expiry, "certification_type": dots}),
        ("post", "/api/v1/earned-badges", award),
        ("put", "/api/v1/mentors/m", {**MENTOR, "organisation_id": dots}),
        ("put", f"/api/v1/mentors/{dots.strip()}", MENTOR),
    ]

    for method, path, body in asked:
        assert_problem(getattr(system_api, method)(path, body), 400)

    assert not Certification.objects.exists()
    assert not Mentor.objects.exists()


@pytest.mark.parametrize("dots", [".", ".."])
@pytest.mark.parametrize("model", [Mentor, Organisation, CertificationType])
def test_no_form_takes_them_either(dots: str, model: Any) -> None:
    row = model(pk=dots)

    with pytest.raises(ValidationError) as refused:
        row.clean_fields()

    assert model._meta.pk.name in refused.value.message_dict


@pytest.mark.parametrize("name", ["...", ".a", "a..", "-", "~", "expiring.", "a.b"])
def test_dots_among_others_are_fine(api: APIClient, name: str) -> None:
    made = api.post("/api/v1/certification-records", {"mentor_id": name, **RECORD})

    assert made.status_code == 201
    assert api.get(f"/api/v1/certification-records/{name}").json()["mentor_id"] == name


def test_a_mentor_of_no_name_can_be_sent_back(system_api: APIClient) -> None:
    system_api.post("/api/v1/certification-records", {"mentor_id": "m", **RECORD})
    read = system_api.get("/api/v1/mentors/m").json()

    answer = system_api.put("/api/v1/mentors/m", read)

    assert read["name"] == ""
    assert (answer.status_code, answer.json()["name"]) == (200, "")
