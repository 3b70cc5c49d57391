"""The nightly check reminds of certificates through the machinery of certifications."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from django.core import mail

from certificates.models import Certificate, CertificateReminder, Tenant
from cron.models import DeliveryState, ExpiryCheckRun
from cron.services import runs
from tests.cron.conftest import Clock, check_expiry, clock
from tests.factories import (
    CertificateFactory,
    CertificationFactory,
    MentorFactory,
    TenantContactFactory,
    TenantFactory,
)

__all__ = ["clock"]  # a fixture

pytestmark = pytest.mark.django_db

NIGHT = datetime(2026, 3, 26, 2, tzinfo=UTC)
PERSON = UUID("123e4567-e89b-12d3-a456-426655440000")


@pytest.fixture
def tenant() -> Tenant:
    """A tenant with two contacts."""
    tenant = TenantFactory.create(name="Nordlys Bygg AS")
    for name in ("b", "a"):
        TenantContactFactory.create(tenant=tenant, email=f"{name}@example.org")
    return tenant


def expiring_in(days: int, tenant: Tenant, **values: object) -> Certificate:
    certificate = CertificateFactory.create(
        **{
            "tenant": tenant,
            "date_expire": NIGHT.date() + timedelta(days=days),
            "name": "Forklift",
            **values,
        }
    )
    Certificate.objects.mark_replaced()
    return certificate


def states() -> list[str]:
    return list(CertificateReminder.objects.order_by("pk").values_list("state", flat=True))


@pytest.mark.parametrize(
    ("days", "stage"),
    [(31, None), (30, 30), (15, 30), (7, 7), (1, 1), (0, 0), (-1, -1), (-90, -1), (-91, None)],
)
def test_the_tightest_stage_passed_is_due(
    clock: Clock, tenant: Tenant, days: int, stage: int | None
) -> None:
    clock.set(NIGHT)
    certificate = expiring_in(days, tenant)

    check_expiry()
    check_expiry()

    sent = CertificateReminder.objects.sent().filter(certificate=certificate)
    assert list(sent.values_list("stage", flat=True)) == ([] if stage is None else [stage])
    assert len(mail.outbox) == sent.count()


def test_the_contacts_are_told_what_expires_and_when(clock: Clock, tenant: Tenant) -> None:
    clock.set(NIGHT)
    certificate = expiring_in(7, tenant, resource_type="EQUIPMENT")

    check_expiry()

    (message,) = mail.outbox
    assert message.to == ["a@example.org", "b@example.org"]
    assert message.subject == "The certificate “Forklift” expires in 7 days"
    assert "expires in 7 days, on 2 April 2026." in message.body
    assert "Nordlys Bygg AS" in message.body
    assert f"equipment, {certificate.resource_id}" in message.body
    assert message.extra_headers["Message-ID"].startswith("<certificatereminder-")
    assert isinstance(message, mail.EmailMultiAlternatives)
    assert "expires in 7 days" in str(message.alternatives[0])
    reminder = CertificateReminder.objects.get()
    assert reminder.recipient == "a@example.org, b@example.org"


def test_a_tenants_language(clock: Clock, tenant: Tenant) -> None:
    clock.set(NIGHT)
    Tenant.objects.update(language="nb")
    expiring_in(1, tenant)

    check_expiry()

    assert mail.outbox[0].subject == "Sertifikatet «Forklift» utløper i morgen"
    assert "Hei,\n\nsertifikatet «Forklift» utløper i morgen" in mail.outbox[0].body


def test_a_known_mentor_is_told_in_person(clock: Clock, tenant: Tenant) -> None:
    clock.set(NIGHT)
    MentorFactory.create(id=str(PERSON), name="Kari", email="kari@example.org", language="nb")
    expiring_in(7, tenant, resource_id=PERSON)

    check_expiry()

    assert mail.outbox[0].to == ["kari@example.org"]
    assert mail.outbox[0].body.startswith("Hei Kari,")


def test_a_mentor_is_told_where_the_tenant_has_no_contacts(clock: Clock) -> None:
    clock.set(NIGHT)
    MentorFactory.create(id=str(PERSON), email="kari@example.org")
    lonely = TenantFactory.create()
    expiring_in(7, lonely, resource_id=PERSON)

    check_expiry()

    assert [message.to for message in mail.outbox] == [["kari@example.org"]]
    assert states() == ["sent"]


def test_a_tenant_without_contacts_is_an_error(clock: Clock) -> None:
    clock.set(NIGHT)
    expiring_in(7, TenantFactory.create())

    with pytest.raises(SystemExit):
        check_expiry()

    reminder = CertificateReminder.objects.get()
    assert reminder.state == DeliveryState.FAILED
    assert reminder.error == "Neither a mentor nor a contact of the tenant has an email address."
    assert ExpiryCheckRun.objects.get().errors == 1


def test_a_mentor_without_an_address_leaves_it_to_the_contacts(
    clock: Clock, tenant: Tenant
) -> None:
    clock.set(NIGHT)
    MentorFactory.create(id=str(PERSON), email="")
    expiring_in(7, tenant, resource_id=PERSON)

    check_expiry()

    assert mail.outbox[0].to == ["a@example.org", "b@example.org"]


def test_what_was_replaced_is_not_reminded_of(clock: Clock, tenant: Tenant) -> None:
    clock.set(NIGHT)
    expiring_in(7, tenant, resource_id=PERSON, date_release=date(2025, 1, 1))
    newer = expiring_in(700, tenant, resource_id=PERSON, date_release=date(2026, 3, 1))

    check_expiry()
    replaced = len(mail.outbox)
    newer.delete()
    Certificate.objects.mark_replaced()
    check_expiry()

    assert replaced == 0
    assert len(mail.outbox) == 1


def test_each_tenant_has_its_stages(clock: Clock, tenant: Tenant) -> None:
    clock.set(NIGHT)
    early = TenantFactory.create(reminder_stages=[90], expired_notice_days=0)
    TenantContactFactory.create(tenant=early, email="early@example.org")
    for days in (60, -1):
        expiring_in(days, early)
        expiring_in(days, tenant)

    check_expiry()

    assert sorted(message.to[0] for message in mail.outbox) == [
        "a@example.org",
        "early@example.org",
    ]


def test_one_that_changes_while_it_waits_is_superseded(clock: Clock, tenant: Tenant) -> None:
    clock.set(NIGHT)
    moved, replaced, orphaned = (expiring_in(7, tenant, name=name) for name in "abc")
    run = runs.open_run(job=None, trigger="command", now=NIGHT)  # type: ignore[arg-type]
    claimed = runs.claim_run(run.pk, NIGHT)
    assert claimed is not None
    runs.prepare_run(claimed)
    Certificate.objects.filter(pk=moved.pk).update(date_expire=date(2030, 1, 1))
    expiring_in(
        900, tenant, name="b", resource_id=replaced.resource_id, date_release=date(2026, 3, 25)
    )
    other = TenantFactory.create()
    Certificate.objects.filter(pk=orphaned.pk).update(tenant=other)

    runs.continue_run(run.pk)

    reminders = CertificateReminder.objects.values_list("certificate__name", "state")
    assert dict(reminders) == {
        "a": DeliveryState.SUPERSEDED,
        "b": DeliveryState.SUPERSEDED,
        "c": DeliveryState.FAILED,
    }
    assert not mail.outbox


def test_a_run_counts_both_kinds_and_a_dry_run_sends_none(clock: Clock, tenant: Tenant) -> None:
    clock.set(NIGHT)
    expiring_in(7, tenant)
    CertificationFactory.create(expires_at=NIGHT + timedelta(days=7))

    dry = check_expiry("--dry-run")
    before = len(mail.outbox)
    check_expiry()

    assert "reminders_due: 2" in dry
    assert before == 0
    run = ExpiryCheckRun.objects.latest("pk")
    assert (run.reminders_sent, run.errors) == (2, 0)


def test_a_deleted_certificate_takes_its_reminders_along(clock: Clock, tenant: Tenant) -> None:
    clock.set(NIGHT)
    certificate = expiring_in(7, tenant)
    check_expiry()

    certificate.delete()

    assert not CertificateReminder.objects.exists()
