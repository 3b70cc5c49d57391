"""The admin of tenants and certificates: what is written goes through the services."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from certificates.models import Certificate, CertificateAction, CertificateReminder, Tenant
from certificates.webhooks.models import WebhookEvent
from tests.factories import (
    AttachmentFactory,
    CertificateActionFactory,
    CertificateFactory,
    ExpiryCheckRunFactory,
    TenantFactory,
)

ADMIN = "/admin/certificates"
#: Inlines that are only shown still have their counters in the form.
NO_INLINES = {
    f"{name}-{key}_FORMS": "0"
    for name in ("actions", "attachments", "members", "contacts")
    for key in ("TOTAL", "INITIAL")
}
pytestmark = pytest.mark.django_db


def form(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Forklift",
        "action_type": "TRAINING",
        "resource_type": "",
        "resource_id": str(uuid4()),
        "date_release": "2023-01-31",
        "validity_unit": "MONTH",
        "validity": "1",
        "date_expire": "",
        "warning": "0",
        "note": "",
        "data": "null",
        **NO_INLINES,
        **changes,
    }


def events() -> list[str]:
    return list(WebhookEvent.objects.order_by("position").values_list("event_type", flat=True))


def test_a_certificate_is_made_changed_and_deleted_with_its_events(desk: Client) -> None:
    tenant = TenantFactory.create()

    made = desk.post(f"{ADMIN}/certificate/add/", form(tenant=str(tenant.pk)))
    certificate = Certificate.objects.get()
    first = (str(certificate.date_expire), certificate.note)
    url = f"{ADMIN}/certificate/{certificate.pk}"
    given = form(resource_id=str(certificate.resource_id), date_expire="2023-02-28")
    desk.post(f"{url}/change/", {**given, "validity": "2"})
    certificate.refresh_from_db()
    second = str(certificate.date_expire)
    desk.post(f"{url}/change/", {**given, "validity": "2", "date_expire": "2024-01-01"})
    certificate.refresh_from_db()
    desk.post(f"{url}/delete/", {"post": "yes"})

    assert made.status_code == 302, made.content
    assert first == ("2023-02-28", None)
    assert second == "2023-03-31"
    assert str(certificate.date_expire) == "2024-01-01"
    assert not Certificate.objects.exists()
    assert events() == [
        "CERTIFICATE::CREATE",
        "CERTIFICATE::UPDATE",
        "CERTIFICATE::UPDATE",
        "CERTIFICATE::DELETE",
    ]
    assert str(Certificate.history.earliest("history_id").history_user) == "boss"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"date_expire": "2023-01-30"}, "must not be before date_release"),
        ({"validity": ""}, "or neither"),
        ({"validity_unit": "YEAR", "validity": "9000"}, "after the year 2200"),
        ({"validity_unit": "DAY", "validity": "10001"}, "less than or equal to 10000"),
        ({"name": ""}, "This field is required"),
    ],
)
def test_faults_stand_at_their_fields(desk: Client, changes: dict[str, str], message: str) -> None:
    tenant = TenantFactory.create()

    page = desk.post(f"{ADMIN}/certificate/add/", form(tenant=str(tenant.pk), **changes))

    assert page.status_code == 200
    assert message in page.content.decode()
    assert not Certificate.objects.exists()
    assert not events()


def test_an_action_is_made_changed_and_deleted_with_its_events(desk: Client) -> None:
    certificate = CertificateFactory.create()
    given = {
        "certificate": str(certificate.pk),
        "action_id": str(uuid4()),
        "action_name": "Work at height",
        "action_code": "",
        "date_expire": "2023-05-05",
    }

    made = desk.post(f"{ADMIN}/certificateaction/add/", given)
    action = CertificateAction.objects.get()
    url = f"{ADMIN}/certificateaction/{action.pk}"
    desk.post(f"{url}/change/", {**given, "date_expire": ""})
    action.refresh_from_db()
    desk.post(f"{url}/delete/", {"post": "yes"})

    assert made.status_code == 302, made.content
    assert action.is_date_inherited
    assert events() == [f"CERTIFICATE_ACTION::{what}" for what in ("CREATE", "UPDATE", "DELETE")]


def test_every_page_opens(desk: Client) -> None:
    action = CertificateActionFactory.create()
    attachment = AttachmentFactory.create(certificate=action.certificate)
    rows = {
        "tenant": action.tenant_id,
        "certificate": action.certificate_id,
        "certificateaction": action.pk,
        "attachment": attachment.pk,
    }

    for name, pk in rows.items():
        for path in (f"{ADMIN}/{name}/?q=a", f"{ADMIN}/{name}/{pk}/change/"):
            assert desk.get(path).status_code == 200, path
    for name in ("tenant", "certificate", "certificateaction"):
        assert desk.get(f"{ADMIN}/{name}/add/").status_code == 200
    assert desk.get(f"{ADMIN}/certificatereminder/").status_code == 200


def test_files_are_downloaded_by_those_who_may_see_them(desk: Client) -> None:
    attachment = AttachmentFactory.create()
    url = f"{ADMIN}/attachment/{attachment.pk}/download/"
    helper = Client()
    helper.force_login(User.objects.create_user("helper", is_staff=True))

    assert url in desk.get(f"{ADMIN}/attachment/").content.decode()
    assert helper.get(url).status_code == 404
    assert Client().get(url).status_code == 302


def test_a_tenant_that_has_certificates_can_not_be_deleted(desk: Client) -> None:
    action = CertificateActionFactory.create()

    desk.post(f"{ADMIN}/tenant/{action.tenant_id}/delete/", {"post": "yes"})

    assert Tenant.objects.filter(pk=action.tenant_id).exists()


def test_a_certificate_is_deleted_with_its_reminders(desk: Client) -> None:
    certificate = CertificateFactory.create(date_expire=date(2027, 1, 1))
    CertificateReminder.objects.create(
        certificate=certificate,
        date_expire=date(2027, 1, 1),
        stage=7,
        run=ExpiryCheckRunFactory.create(),
        next_attempt_at=timezone.now(),
    )

    desk.post(f"{ADMIN}/certificate/{certificate.pk}/delete/", {"post": "yes"})

    assert not Certificate.objects.exists()
    assert events() == ["CERTIFICATE::DELETE"]


def test_a_tenant_without_certificates_is_deleted_with_its_events(desk: Client) -> None:
    tenant = TenantFactory.create()
    desk.post(f"{ADMIN}/certificate/add/", form(tenant=str(tenant.pk)))
    desk.post(f"{ADMIN}/certificate/{Certificate.objects.get().pk}/delete/", {"post": "yes"})

    desk.post(f"{ADMIN}/tenant/{tenant.pk}/delete/", {"post": "yes"})

    assert not Tenant.objects.exists()
