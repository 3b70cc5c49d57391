"""ETag, If-None-Match, If-Match: of every app's single resources."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from certifications.models import Certification
from cron.services.jobs import create_job
from tests.conftest import client_of
from tests.factories import (
    BadgeDefinitionFactory,
    CertificateFactory,
    CertificationFactory,
    MentorFactory,
)

pytestmark = pytest.mark.django_db
MENTOR = {"name": "New", "email": ""}
RECORD = {
    "cert_type": "peer_mentor",
    "status": "active",
    "issued_at": "2026-03-01T00:00:00Z",
    "expires_at": "2099-03-01T00:00:00Z",
}


def record() -> str:
    certification = CertificationFactory.create()
    return f"/api/v1/certification-records/{certification.mentor_id}"


def expiry() -> str:
    return f"/api/v1/certifications/{CertificationFactory.create().mentor_id}"


def mentor() -> str:
    return f"/api/v1/mentors/{MentorFactory.create().pk}"


def job() -> str:
    made = create_job(name="nightly", cron_expression="0 2 * * *", enabled=True, now=timezone.now())
    return f"/api/v1/certification-cron/{made.public_id}"


def definition() -> str:
    return f"/api/v1/badge-definitions/{BadgeDefinitionFactory.create().public_id}"


def certificate() -> str:
    return f"/v2/certificate/view/{CertificateFactory.create().pk}"


RESOURCES = [record, expiry, mentor, job, definition, certificate]


@pytest.fixture
def everything() -> APIClient:
    return client_of("everything", "system", "admin")


@pytest.mark.parametrize("made", RESOURCES, ids=lambda made: made.__name__)
def test_what_is_read_again_unchanged_is_not_sent_again(
    everything: APIClient, made: Callable[[], str]
) -> None:
    path = made()
    tag = everything.get(path)["ETag"]

    again = everything.get(path, HTTP_IF_NONE_MATCH=f'"other", {tag}')

    assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
    assert everything.get(path, HTTP_IF_NONE_MATCH="*").status_code == 304
    assert everything.get(path, HTTP_IF_NONE_MATCH='"other"').status_code == 200


def test_a_change_changes_the_tag(everything: APIClient) -> None:
    path = record()
    tag = everything.get(path)["ETag"]

    everything.put(path, RECORD)

    changed = everything.get(path, HTTP_IF_NONE_MATCH=tag)
    assert (changed.status_code, changed["ETag"] == tag) == (200, False)


def test_lists_and_problems_have_no_tag(everything: APIClient) -> None:
    for path in ("/api/v1/certification-records", "/api/v1/certification-records/nobody"):
        assert "ETag" not in everything.get(path)


@pytest.mark.parametrize("made", RESOURCES, ids=lambda made: made.__name__)
def test_what_changed_meanwhile_is_not_deleted(
    everything: APIClient, made: Callable[[], str]
) -> None:
    path = made()
    target = path.replace("/view/", "/delete/")
    tag = everything.get(path)["ETag"]

    refused = everything.delete(target, HTTP_IF_MATCH='"of-yesterday"')

    assert refused.status_code == 412, refused.content
    assert refused.json()["type"] == "/problems/precondition-failed"
    assert everything.get(path)["ETag"] == tag
    deleted = everything.delete(target, HTTP_IF_MATCH=f'"of-yesterday", {tag}')
    assert deleted.status_code == 200
    assert everything.get(path).status_code == 404


def test_what_changed_meanwhile_is_not_overwritten(everything: APIClient) -> None:
    path = record()
    tag = everything.get(path)["ETag"]
    assert everything.put(path, RECORD, HTTP_IF_MATCH=tag).status_code == 200

    refused = everything.put(path, RECORD | {"status": "revoked"}, HTTP_IF_MATCH=tag)

    assert refused.status_code == 412
    assert Certification.objects.get().status == "active"


def test_a_weak_tag_does_not_match(everything: APIClient) -> None:
    path = record()
    tag = everything.get(path)["ETag"]

    assert everything.put(path, RECORD, HTTP_IF_MATCH=f"W/{tag}").status_code == 412


@pytest.mark.parametrize(
    ("header", "status"), [("HTTP_IF_NONE_MATCH", 201), ("HTTP_IF_MATCH", 412)]
)
def test_a_mentor_who_is_not_there(everything: APIClient, header: str, status: int) -> None:
    conditions: dict[str, Any] = {header: "*"}

    made = everything.put("/api/v1/mentors/new", MENTOR, **conditions)

    assert made.status_code == status, made.content
    found = everything.get("/api/v1/mentors/new")
    assert found.status_code == (200 if status == 201 else 404)


def test_a_mentor_who_is_there_is_not_made_again(everything: APIClient) -> None:
    path = mentor()
    before = everything.get(path).json()

    assert everything.put(path, MENTOR, HTTP_IF_NONE_MATCH="*").status_code == 412

    assert everything.get(path).json() == before


def test_what_is_not_there_is_a_404_whatever_the_condition(everything: APIClient) -> None:
    path = "/api/v1/certification-records/nobody"

    assert everything.put(path, RECORD, HTTP_IF_MATCH='"any"').status_code == 404
    assert everything.delete(path, HTTP_IF_MATCH="*").status_code == 404
