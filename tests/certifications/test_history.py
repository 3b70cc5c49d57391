"""What changes is kept, with who did it; what the database itself refuses."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from rest_framework.test import APIClient

from certifications.models import Certification, Mentor, Renewal
from tests.factories import CertificationFactory, MentorFactory, RenewalFactory

pytestmark = pytest.mark.django_db

RECORDS = "/api/v1/certification-records"
BODY = {"mentor_id": "m", "cert_type": "t", "expires_at": "2099-01-01"}


def test_each_change_is_kept_with_who_did_it(system_api: APIClient, api: APIClient) -> None:
    system_api.post(RECORDS, BODY)
    api.post(RECORDS, {**BODY, "status": "suspended"})
    system_api.delete(f"{RECORDS}/m")

    entries = Certification.history.order_by("history_id")
    assert [
        (entry.history_type, entry.status, entry.history_user and entry.history_user.username)
        for entry in entries
    ] == [
        ("+", "active", "system-client"),
        ("~", "suspended", None),
        ("-", "suspended", "system-client"),
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"status": "lost"},
        {"expires_at": "issued_at"},
    ],
)
def test_the_database_refuses_what_the_rules_forbid(change: dict[str, Any]) -> None:
    certification = CertificationFactory.create()
    if "expires_at" in change:
        change = {"expires_at": certification.issued_at}

    with pytest.raises(IntegrityError), transaction.atomic():
        Certification.objects.update(**change)


def test_the_database_holds_one_certification_per_mentor_and_type() -> None:
    certification = CertificationFactory.create()

    with pytest.raises(IntegrityError), transaction.atomic():
        CertificationFactory.create(
            mentor=certification.mentor, certification_type=certification.certification_type
        )


def test_the_database_holds_one_renewal_per_moment() -> None:
    renewal = RenewalFactory.create()

    with pytest.raises(IntegrityError), transaction.atomic():
        RenewalFactory.create(certification=renewal.certification)


def test_the_database_refuses_a_renewal_that_ends_before_it_begins() -> None:
    renewal = RenewalFactory.create()

    with pytest.raises(IntegrityError), transaction.atomic():
        Renewal.objects.update(expires_at=renewal.renewed_at - timedelta(days=1))


@pytest.mark.parametrize("values", [{"id": "expiring"}, {"language": "xx"}])
def test_the_database_refuses_mentors_that_can_not_be(values: dict[str, str]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        MentorFactory.create(**values)
    assert not Mentor.objects.exists()
