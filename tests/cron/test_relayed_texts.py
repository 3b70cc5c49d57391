"""An open API is no way to write to people: what strangers register is in no mail."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import call_command
from django.db import connection
from django.test import Client
from pytest_django import Settings
from rest_framework.test import APIClient

from certifications.models import CertificationType, Language
from cron.models import MailQuota, Reminder
from cron.services import mail_quota
from tests.conftest import client_of
from tests.cron.conftest import Clock, check_expiry
from tests.factories import CoordinatorFactory, MentorFactory
from tests.threads import all_at_once

RECORDS = "/api/v1/certification-records"
TEXT = "- URGENT: confirm your account at https://evil.example/login - it"
NIGHT = datetime(2026, 3, 26, 2, tzinfo=UTC)
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
            call_command("import_certifications", str(file), "--register")
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


def test_a_person_gets_so_many_reminders_a_day_and_the_rest_on_the_next(
    api: APIClient, settings: Settings, clock: Clock
) -> None:
    settings.MAILS_PER_RECIPIENT_PER_DAY = 7
    clock.set(NIGHT)
    MentorFactory.create(id="ada", email="Ada@example.org")
    # Another mentor of the same address, and somebody else.
    MentorFactory.create(id="ada-2", email="ada@EXAMPLE.org")
    MentorFactory.create(id="bob", email="bob@example.org")
    expires_at = f"{NIGHT + timedelta(days=5):%Y-%m-%d}"
    for number in range(6):
        for mentor_id in ("ada", "ada-2"):
            body = {"mentor_id": mentor_id, "cert_type": f"t-{number}", "expires_at": expires_at}
            assert api.post(RECORDS, body).status_code == 201
    api.post(RECORDS, {"mentor_id": "bob", "cert_type": "t", "expires_at": expires_at})

    for _ in range(2):
        with pytest.raises(SystemExit):  # as it says that some mails failed
            check_expiry()
    first_night = Counter(message.to[0].lower() for message in mail.outbox)
    failed = Reminder.objects.failed()
    errors = {*failed.values_list("error", flat=True)}
    clock.advance(timedelta(days=1))
    check_expiry()

    assert first_night == {"ada@example.org": 7, "bob@example.org": 1}
    assert errors == {"The address has got its mails of the day; the next check tries again."}
    assert len(mail.outbox) == 13
    assert not failed.exists()
    assert MailQuota.objects.exclude(recipient_hash__contains="@").count() == 3


def test_a_mail_that_is_not_taken_counts_for_nothing(
    api: APIClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MAILS_PER_RECIPIENT_PER_DAY, settings.REMINDER_RETRY_SECONDS = 1, [0, 0, 0]
    MentorFactory.create(id="ada")
    api.post(RECORDS, record_of("First aid"))
    refusals = iter([OSError("away"), OSError("away")])
    send = EmailBackend.send_messages

    def refuse_twice(self: EmailBackend, messages: Any) -> int:
        if (error := next(refusals, None)) is not None:
            raise error
        return send(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", refuse_twice)

    check_expiry()

    assert len(mail.outbox) == 1
    assert MailQuota.objects.get().mails == 1


@pytest.mark.services
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_workers_at_once_keep_to_the_quota(settings: Settings) -> None:
    assert connection.vendor == "postgresql", "run by make test-services"
    settings.MAILS_PER_RECIPIENT_PER_DAY = 3

    taken = all_at_once(lambda _: mail_quota.acquire(["ada@example.org"], NIGHT), 8)

    assert sorted(taken) == [False] * 5 + [True] * 3


def test_without_a_quota_nothing_is_counted(settings: Settings) -> None:
    settings.MAILS_PER_RECIPIENT_PER_DAY = 0

    assert all(mail_quota.acquire(["ada@example.org"], NIGHT) for _ in range(50))
    assert not MailQuota.objects.exists()
