"""A database in which every table that can tell of a person does, and what is read of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.utils import timezone

from badges.models import EarnedBadge
from certificates.models import SentCertificateReminder
from certifications.models import Certification, Mentor, Renewal
from config.models import AuditEntry, AuditEvent, Upload
from cron.models import CoordinatorDigest, ExpiryCheckRun, RunStatus, Trigger
from cron.services.mailboxes import Mailboxes
from cron.services.snoozing import snooze_reminders
from tests.conftest import client_of
from tests.cron.conftest import check_expiry
from tests.factories import (
    AttachmentFactory,
    BadgeDefinitionFactory,
    CertificateActionFactory,
    CertificateFactory,
    CertificationFactory,
    CoordinatorFactory,
    RenewalFactory,
)

KEY = "7b1f6c1e-9d55-4f0e-8a51-6f3a5e3b9c77"
NAME, FORMER_NAME = "Ingrid Fårikål-Zøx", "Ingrid Kvitrud-Zqv"
ADDRESS, FORMER_ADDRESS = "ingrid.zqx@blåbær.example.org", "ingrid.before@zqw.example.org"
HEALTH = "sick leave after surgery zqh"
FORMER_HEALTH = "pregnant zqp"
MISTAKE = "awarded by mistake zqm"


@dataclass(frozen=True)
class Needle:
    """Something of the person; the key alone may stand in what is kept."""

    text: str
    is_key: bool = False


NEEDLES = (
    Needle(KEY, is_key=True),
    *map(Needle, (NAME, FORMER_NAME, ADDRESS, FORMER_ADDRESS, HEALTH, FORMER_HEALTH, MISTAKE)),
    Needle("ingrid.zqx@xn--blbr-roah.example.org"),
    Needle("\\u00e5rik\\u00e5l-Z\\u00f8x"),
)


def fill(desk: Client) -> None:
    """Let the person be known, changed, certified, reminded, snoozed, given a badge, logged."""
    _know(desk)
    _remind()
    _award()
    _certify()
    _log()


def _know(desk: Client) -> None:
    api = client_of("writer", "system")
    person = {"name": FORMER_NAME, "email": FORMER_ADDRESS, "public_badges": True}
    assert api.put(f"/api/v1/mentors/{KEY}", person).status_code == 201
    form = {"id": KEY, "name": NAME, "email": ADDRESS, "language": "nb", "organisation": ""}
    form |= {"certifications-TOTAL_FORMS": "0", "certifications-INITIAL_FORMS": "0"}
    answer = desk.post(f"/admin/certifications/mentor/{KEY}/change/", form)
    assert answer.status_code == 302
    CoordinatorFactory.create()


def _remind() -> None:
    api = client_of("writer", "system")
    expiry = timezone.now() + timedelta(days=7)
    body = {"mentor_id": KEY, "certification_type": "kind", "expiry_date": f"{expiry:%FT%TZ}"}
    created = api.post("/api/v1/certifications", body, HTTP_IDEMPOTENCY_KEY=f"create-{KEY}")
    assert created.status_code == 201
    check_expiry()
    Certification.objects.get().delete()
    certification = CertificationFactory.create(mentor=Mentor.objects.get(), expires_at=expiry)
    RenewalFactory.create(certification=certification)
    check_expiry()
    for reason in (FORMER_HEALTH, HEALTH):
        snooze_reminders(
            certification=certification,
            until=timezone.now().date() + timedelta(days=3),
            reason=reason,
            account=None,
            now=timezone.now(),
        )


def _award() -> None:
    definition = BadgeDefinitionFactory.create()
    body = {"badge_definition_id": definition.public_id, "peer_mentor_id": KEY}
    api = client_of("writer", "system")
    earned = api.post("/api/v1/earned-badges", body, HTTP_IDEMPOTENCY_KEY="award").json()
    path = f"/api/v1/earned-badges/{earned['id']}/revoke"
    assert client_of("revoker", "admin").post(path, {"reason": MISTAKE}).status_code == 200
    assert EarnedBadge.objects.get().is_revoked


def _certify() -> None:
    """As a tenant's resource, of whom two certificates were told, one of them deleted since."""
    soon = timezone.now().date() + timedelta(days=7)
    certificate = CertificateFactory.create(
        resource_id=KEY, date_expire=soon, name="Crane", is_date_expire_fixed=True
    )
    gone = CertificateFactory.create(
        resource_id=KEY, date_expire=soon, name="Forklift", tenant=certificate.tenant
    )
    check_expiry()
    gone.delete()
    assert SentCertificateReminder.objects.exists()
    CertificateActionFactory.create(certificate=certificate)
    AttachmentFactory.create(certificate=certificate)


def _log() -> None:
    """What stands in logs and errors because somebody named the person there."""
    now = timezone.now()
    path = f"/admin/login/?next=/admin/certifications/mentor/{KEY}/change/"
    seen = {"username": "boss", "ip_address": "10.0.0.1", "user_agent": "x", "http_accept": "x"}
    AccessAttempt.objects.create(
        **seen, path_info=path, get_data=f"next=%2Fmentor%2F{KEY}%2F", failures_since_start=1
    )
    AccessFailureLog.objects.create(**seen, path_info=path)
    AccessLog.objects.create(**seen, path_info=path)
    LogEntry.objects.create(
        user=User.objects.get(username="boss"),
        content_type=ContentType.objects.get_for_model(Renewal),
        object_id="7",
        object_repr="of a certification that was deleted",
        action_flag=CHANGE,
        change_message=json.dumps([{"added": {"name": "renewal", "object": f"Of {NAME}"}}]),
    )
    Mailboxes().note_refusals({ADDRESS: (550, "No such mailbox")}, now)
    AuditEntry.objects.create(at=now, event=AuditEvent.IMPORTED, subject=f"mentor: {NAME}.csv")
    Upload.objects.create(
        account=User.objects.get(username="boss"),
        kind="mentor",
        name="mentors.csv",
        content=f"id,name,email\n{KEY},{NAME},{ADDRESS}\n".encode(),
        report={"rows": [{"id": KEY, "name": NAME}]},
    )
    run = ExpiryCheckRun.objects.create(
        trigger=Trigger.COMMAND,
        status=RunStatus.FAILED,
        started_at=now,
        heartbeat_at=now,
        failure=f"IntegrityError: Key (mentor_id)=({KEY}) of {NAME}",
    )
    CoordinatorDigest.objects.create(
        coordinator=CoordinatorFactory.create(),
        run=run,
        covers_from=now,
        covers_until=now,
        next_attempt_at=now,
        error="550 <ingrid.zqx@xn--blbr-roah.example.org> not here",
    )


def dump() -> dict[str, str]:
    """All there is in each table, as text."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            found[table] = "\n".join(_text(value) for row in cursor.fetchall() for value in row)
    return found


def _text(value: Any) -> str:
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode(errors="replace")
    return str(value)


def tables_with(needle: Needle, found: dict[str, str]) -> set[str]:
    """The tables in which it stands; SQLite has UUIDs without hyphens."""
    texts = {needle.text, needle.text.replace("-", "")} if needle.is_key else {needle.text}
    return {
        table
        for table, content in found.items()
        if any(text.lower() in content.lower() for text in texts)
    }
