"""An open API is no way to write to people: what strangers register is in no mail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings
from rest_framework.test import APIClient

from certifications.models import CertificationType, Language
from tests.conftest import client_of
from tests.cron.conftest import check_expiry
from tests.factories import CoordinatorFactory, MentorFactory

RECORDS = "/api/v1/certification-records"
TEXT = "- URGENT: confirm your account at https://evil.example/login - it"
SOON = f"{datetime.now(UTC) + timedelta(days=5):%Y-%m-%d}"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _open(settings: Settings) -> None:
    settings.PUBLIC_API = "open"


def record_of(cert_type: str) -> dict[str, str]:
    return {"mentor_id": "ada", "cert_type": cert_type, "expires_at": SOON}


def texts() -> str:
    """All that was mailed, as text and HTML."""
    found: list[Any] = []
    for message in mail.outbox:
        assert isinstance(message, EmailMultiAlternatives)
        found += [message.subject, message.body]
        found += [content for content, _ in message.alternatives]
    return "\n".join(found)


@pytest.mark.parametrize(
    ("language", "phrase"),
    [
        (Language.ENGLISH, "Your certification of a type that is not confirmed yet expires in 5"),
        (Language.NORWEGIAN, "av en type som ikke er bekreftet ennå"),
    ],
)
def test_a_type_of_strangers_is_named_in_no_mail(
    api: APIClient, language: str, phrase: str
) -> None:
    mentor = MentorFactory.create(id="ada", language=language)
    mentor.organisation = CoordinatorFactory.create(language=language).organisation
    mentor.save()

    made = api.post(RECORDS, record_of(TEXT))
    check_expiry()

    assert made.status_code == 201
    assert len(mail.outbox) == 2  # the reminder, and the coordinator's digest
    assert "evil" not in texts()
    assert phrase in texts()


@pytest.mark.parametrize("door", ["a token", "the admin", "an import", "the other contract"])
def test_a_type_is_named_once_somebody_with_a_right_has_used_it(
    api: APIClient, desk: Client, door: str, tmp_path: Any
) -> None:
    MentorFactory.create(id="ada")
    api.post(RECORDS, record_of("First aid"))
    assert not CertificationType.objects.get(code="First aid").is_confirmed
    later = {"mentor_id": "bob", "expires_at": "2199-01-01"}

    match door:
        case "a token":
            client_of("machine", "system").post(RECORDS, {**later, "cert_type": "First aid"})
        case "the other contract":
            body = {"mentor_id": "bob", "expiry_date": "2199-01-01"}
            client_of("machine", "admin").post(
                "/api/v1/certifications", {**body, "certification_type": "First aid"}
            )
        case "an import":
            file = tmp_path / "rows.csv"
            file.write_text("mentor_id,certification_type,expires_at\nbob,First aid,2199-01-01\n")
            call_command("import_certifications", str(file))
        case _:
            days = {"reminder_stages": "[7]", "expiring_soon_days": 3, "expired_notice_days": 3}
            desk.post(
                "/admin/certifications/certificationtype/First aid/change/",
                {**days, "is_confirmed": "on"},
            )
    check_expiry()

    assert CertificationType.objects.get(code="First aid").is_confirmed
    assert "Your certification First aid expires" in texts()


def test_a_token_without_a_right_confirms_nothing(api: APIClient) -> None:
    client_of("norole").post(RECORDS, record_of(TEXT))
    client_of("auditor", "auditor").post(RECORDS, record_of(TEXT))

    assert not CertificationType.objects.get(code=TEXT).is_confirmed
