"""A row for every list of the desk: of one tenant, one organisation, one uploader."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from axes.models import AccessAttempt, AccessLog
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.utils import timezone

from certificates.models import CertificateReminder, Tenant
from certifications.models import CertificationType, Organisation
from config.accounts import issue_token
from config.models import AuditEntry, Upload
from cron.models import ExpiryCheckRun
from cron.services.jobs import create_job
from tests.desk.rows import rows_of
from tests.factories import AttachmentFactory, CertificateActionFactory, CertificateFactory
from tests.webhooks.factories import WebhookDeliveryFactory, WebhookEndpointFactory


def make_desk_rows(tenant: Tenant, organisation: Organisation, name: str) -> None:
    """A row for every list, with `name` in those that belong to somebody."""
    now = timezone.now()
    rows_of(organisation, name)
    create_job(name="nightly", cron_expression="0 2 * * *", now=now)
    for kind in CertificationType.objects.all():
        kind.save()  # those of the migrations have no history yet
    date_expire = date(2027, 1, 1)
    certificate = CertificateFactory.create(
        tenant=tenant, name=f"{name} Certificate", date_expire=date_expire
    )
    CertificateActionFactory.create(certificate=certificate, action_name=f"{name} Action")
    attachment = AttachmentFactory.create(certificate=certificate, name=f"{name} diploma.pdf")
    storages["attachments"].save(attachment.file.name, ContentFile(b"a diploma"))
    CertificateReminder.objects.create(
        certificate=certificate,
        date_expire=date_expire,
        stage=7,
        run=ExpiryCheckRun.objects.latest("pk"),
        next_attempt_at=now,
    )
    endpoint = WebhookEndpointFactory.create(tenant=tenant, name=f"{name} Endpoint")
    # Positions count from 1 where events are made.
    WebhookDeliveryFactory.create(endpoint=endpoint, event__position=1000)
    _make_access_rows()


def _make_access_rows() -> None:
    """What the lists of access show; entries of the audit log come by themselves."""
    issue_token(account="machine", roles=("system",), valid_for=timedelta(days=1))
    Group.objects.get_or_create(name="admin")
    attempt: dict[str, Any] = {"username": "machine", "ip_address": "203.0.113.9"}
    AccessAttempt.objects.create(**attempt, failures_since_start=1)
    AccessLog.objects.create(**attempt)


def upload_of(account: User, kind: str) -> Upload:
    """A file that was found sound, which its uploader may go on to import."""
    report = {"is_sound": True, "is_done": False, "rows": 0, "counts": {}, "fault_count": 0}
    report |= {"faults": [], "differences": []}
    return Upload.objects.create(
        account=account, kind=kind, name="rows.csv", content=b"id\n", report=report
    )


def desk_rows() -> dict[str, list[dict[str, Any]]]:
    """What stands in all lists, but for the logs to which every visit may add."""
    return {
        model._meta.label: list(model._default_manager.order_by("pk").values())
        for model in admin.site._registry
        if model not in (AuditEntry, AccessLog)
    }
