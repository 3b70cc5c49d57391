"""A reminder is of a day: the hour of the expiry changes nothing, nor does entering it again."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from django.core import mail
from rest_framework.test import APIClient

from certificates.models import SentCertificateReminder
from certifications.models import Certification
from cron.models import DeliveryState, Reminder, ReminderSnooze, SentReminder
from cron.services.snoozing import snooze_reminders
from cron.services.steering import send_reminders_now
from tests.cron.conftest import NOW, Clock, check_expiry
from tests.factories import (
    CertificateFactory,
    CertificationFactory,
    MentorFactory,
    TenantContactFactory,
    TenantFactory,
)

pytestmark = pytest.mark.django_db

PATH = "/api/v1/certifications"
EXPIRY = datetime(2026, 4, 9, tzinfo=UTC)
PERSON = UUID("123e4567-e89b-12d3-a456-426655440000")


@pytest.fixture
def certification(clock: Clock) -> Certification:
    """Of mentor m, expiring in 14 days at midnight."""
    return CertificationFactory.create(
        mentor=MentorFactory.create(id="m", email="m@example.org"),
        certification_type__code="kind",
        issued_at=datetime(2020, 1, 1, tzinfo=UTC),
        expires_at=EXPIRY,
    )


def put(api: APIClient, moment: str) -> None:
    body = {"certification_type": "kind", "expiry_date": moment}
    assert api.put(f"{PATH}/m", body).status_code == 200


@pytest.mark.parametrize("hour", ["23:59:59", "22:00:00", "00:00:01"])
def test_another_hour_of_the_same_day_sends_nothing_again(
    api: APIClient, certification: Certification, hour: str
) -> None:
    check_expiry()

    put(api, f"2026-04-09T{hour}Z")
    check_expiry()

    assert len(mail.outbox) == 1
    assert Reminder.objects.count() == 1


def test_it_is_no_renewal(api: APIClient, certification: Certification) -> None:
    put(api, "2026-04-09T23:59:59Z")

    certification.refresh_from_db()
    assert certification.issued_at == datetime(2020, 1, 1, tzinfo=UTC)
    assert certification.expires_at == datetime(2026, 4, 9, 23, 59, 59, tzinfo=UTC)
    assert not certification.renewals.exists()


def test_a_later_day_is_a_renewal_and_starts_anew(
    api: APIClient, certification: Certification
) -> None:
    check_expiry()

    put(api, "2026-04-10T00:00:00Z")
    check_expiry()

    certification.refresh_from_db()
    assert certification.renewals.count() == 1
    assert len(mail.outbox) == 2


def test_a_snooze_stays(api: APIClient, certification: Certification) -> None:
    snooze_reminders(
        certification=certification, until=date(2026, 4, 5), reason="away", account=None, now=NOW
    )

    put(api, "2026-04-09T23:59:59Z")
    check_expiry()

    assert mail.outbox == []
    assert ReminderSnooze.objects.in_force(NOW).of_present_expiry().exists()


def test_what_is_on_its_way_goes_out_once(
    api: APIClient, certification: Certification, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cron.services.bell.ring_for_planned_run", lambda run_id: None)
    send_reminders_now(certifications=[certification], account=None, now=NOW)

    put(api, "2026-04-09T12:00:00Z")
    check_expiry()

    assert Reminder.objects.get().state == DeliveryState.PENDING


def test_entering_the_same_record_again_sends_nothing_again(
    api: APIClient, certification: Certification, clock: Clock
) -> None:
    check_expiry()

    for hour in ("00:00:00", "09:00:00"):
        api.delete(f"{PATH}/m")
        body = {
            "mentor_id": "m",
            "certification_type": "kind",
            "expiry_date": f"2026-04-09T{hour}Z",
        }
        assert api.post(PATH, body).status_code == 201
        check_expiry()
    same_day = len(mail.outbox)
    clock.set(EXPIRY - timedelta(days=7))
    check_expiry()

    assert same_day == 1
    assert [message.subject.split()[-2] for message in mail.outbox] == ["14", "7"]


def test_entered_with_another_day_it_is_reminded_of(
    api: APIClient, certification: Certification
) -> None:
    check_expiry()
    api.delete(f"{PATH}/m")

    api.post(
        PATH,
        {"mentor_id": "m", "certification_type": "kind", "expiry_date": "2026-04-10T00:00:00Z"},
    )
    check_expiry()

    assert len(mail.outbox) == 2


def test_the_plan_says_that_it_went_out_before(
    api: APIClient, system_api: APIClient, certification: Certification
) -> None:
    check_expiry()
    api.delete(f"{PATH}/m")
    api.post(
        PATH,
        {"mentor_id": "m", "certification_type": "kind", "expiry_date": "2026-04-09T00:00:00Z"},
    )

    plan = system_api.get(f"{PATH}/m/reminder-plan").json()

    (stage,) = [each for each in plan["reminders"] if each["stage"] == 14]
    assert (stage["state"], stage["reason"]["code"]) == ("skipped", "sent_before")


def test_erasing_the_person_erases_what_is_remembered(
    system_api: APIClient, certification: Certification
) -> None:
    check_expiry()
    certification.delete()
    remembered = SentReminder.objects.count()
    CertificationFactory.create(mentor_id="m", expires_at=EXPIRY)
    check_expiry()

    assert system_api.delete("/api/v1/mentors/m?force=true").status_code == 200

    assert remembered == 1
    assert not SentReminder.objects.exists()


def test_a_certificate_that_is_entered_again_is_not_told_of_again(clock: Clock) -> None:
    tenant = TenantFactory.create()
    TenantContactFactory.create(tenant=tenant)
    values = {
        "tenant": tenant,
        "resource_id": PERSON,
        "name": "Forklift",
        "date_expire": EXPIRY.date(),
    }
    certificate = CertificateFactory.create(**values)
    check_expiry()

    certificate.delete()
    CertificateFactory.create(**values)
    check_expiry()
    CertificateFactory.create(**{**values, "name": "Crane"})
    check_expiry()

    assert [message.subject for message in mail.outbox] == [
        "The certificate “Forklift” expires in 14 days",
        "The certificate “Crane” expires in 14 days",
    ]


def test_what_is_remembered_of_a_persons_certificates_is_erased_too(
    system_api: APIClient, clock: Clock
) -> None:
    MentorFactory.create(id=str(PERSON))
    certificate = CertificateFactory.create(resource_id=PERSON, date_expire=EXPIRY.date())
    check_expiry()
    certificate.delete()
    remembered = SentCertificateReminder.objects.count()

    system_api.delete(f"/api/v1/mentors/{PERSON}?force=true")

    assert remembered == 1
    assert not SentCertificateReminder.objects.exists()
