"""Erasing one person takes nothing from another, and a deleted contact's address is forgotten."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from certificates.models import CertificateReminder, TenantContact
from certifications.models import Mentor
from config.models import AuditEntry, AuditEvent, IdempotentAnswer
from config.personal_data import Person
from cron.models import ReminderSnooze
from tests.conftest import client_of
from tests.cron.conftest import check_expiry
from tests.factories import (
    CertificateFactory,
    MentorFactory,
    TenantContactFactory,
    TenantFactory,
)

pytestmark = pytest.mark.django_db


def erase(mentor_id: str) -> None:
    answer = client_of("eraser", "admin").delete(f"/api/v1/mentors/{mentor_id}?force=true")
    assert answer.status_code == 200


def record(mentor_id: str) -> None:
    """A certification by the API, under an idempotency key, snoozed."""
    api = client_of("writer", "system")
    body = {
        "mentor_id": mentor_id,
        "certification_type": "kind",
        "expiry_date": f"{timezone.now() + timedelta(days=7):%Y-%m-%dT%H:%M:%SZ}",
    }
    answer = api.post("/api/v1/certifications", body, HTTP_IDEMPOTENCY_KEY=mentor_id)
    assert answer.status_code == 201


@pytest.mark.parametrize(("gone", "stays"), [("ann", "annual"), ("1", "21"), ("m-1", "m-12")])
def test_answers_and_lines_of_others_stay(gone: str, stays: str, desk: Client) -> None:
    for mentor_id in (gone, stays):
        record(mentor_id)
        Mentor.objects.filter(pk=mentor_id).update(name=f"Name of {mentor_id}")
        LogEntry.objects.create(
            user=User.objects.get(username="boss"),
            content_type=ContentType.objects.get_for_model(Mentor),
            object_id=mentor_id,
            object_repr=f"Name of {mentor_id}",
            action_flag=CHANGE,
        )

    erase(gone)

    assert IdempotentAnswer.objects.get().key == stays
    assert set(LogEntry.objects.values_list("object_id", "object_repr")) == {
        (None, "…"),
        (stays, f"Name of {stays}"),
    }


def test_a_snooze_of_another_stays_with_its_history(desk: Client) -> None:
    for mentor_id in ("ann", "bob"):
        record(mentor_id)
        snooze = ReminderSnooze(
            certification=Mentor.objects.get(pk=mentor_id).certifications.get(),
            expires_at=timezone.now(),
            until=timezone.now().date(),
            reason=f"of {mentor_id}",
        )
        snooze.save()

    erase("ann")

    assert list(ReminderSnooze.objects.values_list("reason", flat=True)) == ["of bob"]
    assert set(ReminderSnooze.history.values_list("reason", flat=True)) == {"of bob"}


def test_an_audit_entry_about_rights_is_never_cut(desk: Client) -> None:
    MentorFactory.create(id="boss")
    AuditEntry.objects.create(
        at=timezone.now(), event=AuditEvent.ROLE_GIVEN, subject="admin of boss"
    )

    erase("boss")

    assert AuditEntry.objects.filter(subject="admin of boss").exists()


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("Ann Lee and Annual Leek", "… and Annual Leek"),
        ("to ANN@EXAMPLE.ORG, bob@example.org", "to …, bob@example.org"),
        ("550 <ann@example.org>", "550 <…>"),
        ("joann@example.org", "joann@example.org"),
        ("?next=%2Fm%2F7%2Fchange", "?next=%2Fm%2F…%2Fchange"),
        ("27 of 7", "27 of …"),
    ],
)
def test_a_person_is_left_out_of_a_text_and_nobody_else(text: str, rest: str) -> None:
    ann = Person("7", frozenset({"Ann Lee"}), frozenset({"ann@example.org"}))

    assert ann.left_out_of(text) == rest


def told() -> tuple[TenantContact, TenantContact]:
    """Two contacts, who were told of a certificate."""
    tenant = TenantFactory.create()
    one, other = (
        TenantContactFactory.create(tenant=tenant, email=f"{name}@example.org")
        for name in ("one", "other")
    )
    soon = timezone.now().date() + timedelta(days=7)
    CertificateFactory.create(tenant=tenant, date_expire=soon)
    check_expiry()
    assert CertificateReminder.objects.get().recipient == "one@example.org, other@example.org"
    return one, other


def test_the_address_of_a_deleted_contact_is_forgotten() -> None:
    one, _other = told()

    one.delete()

    assert CertificateReminder.objects.get().recipient == "…, other@example.org"


def test_so_is_one_that_was_changed_and_one_of_a_set() -> None:
    one, _other = told()
    one.email = "new@example.org"

    one.save()
    TenantContact.objects.filter(email="other@example.org").delete()

    assert CertificateReminder.objects.get().recipient == "…, …"


def test_the_log_of_changes_goes_after_its_days(desk: Client, settings: Settings) -> None:
    settings.KEEP_AUDIT_DAYS = 30
    line = {
        "user": User.objects.get(username="boss"),
        "content_type": ContentType.objects.get_for_model(Mentor),
        "action_flag": CHANGE,
    }
    for days in (31, 29):
        LogEntry.objects.create(
            **line, object_repr=f"{days}", action_time=timezone.now() - timedelta(days=days)
        )

    call_command("prune")

    assert list(LogEntry.objects.values_list("object_repr", flat=True)) == ["29"]
