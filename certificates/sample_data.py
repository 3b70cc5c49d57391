"""Sample data for a first look: two companies with certificates of people and equipment."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid5

from django.db import transaction

from certificates.models import EVERY_TENANT, Certificate, Tenant, TenantContact
from certificates.services.actions import create_action
from certificates.services.certificates import create_certificate
from certificates.webhooks.services.endpoints import create_endpoint

CERTIFICATES = 60

_IDS = UUID("6d0a5f0e-3c43-4d0c-9d53-1f3ab2a7c001")
TENANTS = {
    "Nordlys Bygg AS": ("nb", ["hms@nordlys-bygg.example.org"]),
    "Harbour Marine Ltd": ("en", ["safety@harbour-marine.example.org"]),
}
#: (name, action type, resource type, unit, validity)
KINDS = [
    ("Forklift, class T4", "TRAINING", "PERSON", "YEAR", 5),
    ("Work at height", "TRAINING", "PERSON", "YEAR", 3),
    ("Hot work", "TRAINING", "PERSON", "YEAR", 5),
    ("Health certificate, offshore", "HEALTH", "PERSON", "YEAR", 2),
    ("Crane inspection", "CHECK", "EQUIPMENT", "YEAR", 1),
    ("Fire extinguisher service", "MAINTENANCE", "EQUIPMENT", "MONTH", 12),
    ("Life raft service", "MAINTENANCE", "MATERIAL_ITEM", "MONTH", 12),
    ("Safety data sheet review", "CHECK", "SUBSTANCE", "MONTH", 6),
]
#: Days until expiry of the first certificates, so that each stage occurs at once.
SHOWCASE_DAYS = (30, 14, 7, 1, 0, -1)


@transaction.atomic
def load_sample_data(now: datetime) -> str:
    """Fill an empty database and say with what; nothing, and no word, where there are tenants.

    The same day gives the same data.
    """
    if Tenant.objects.exists():
        return ""
    dice = random.Random(43)  # noqa: S311 (nothing secret depends on it)
    tenants = [_make_tenant(name) for name in TENANTS]
    days = [*SHOWCASE_DAYS, *(dice.randint(-60, 700) for _ in range(CERTIFICATES))]
    for number in range(CERTIFICATES):
        certificate = _make_certificate(tenants[number % 2], number, days[number], dice, now)
        if certificate.action_type == "TRAINING" and dice.random() < 0.3:
            _make_action(certificate, now)
    create_endpoint(
        tenant=tenants[0],
        name="HR system",
        url="https://hr.example.org/certkeep",
        events=["CERTIFICATE::CREATE", "CERTIFICATE::UPDATE", "CERTIFICATE::DELETE"],
        enabled=False,
        now=now,
    )
    return f"{len(tenants)} tenants with {CERTIFICATES} certificates, and a webhook endpoint."


def _make_tenant(name: str) -> Tenant:
    language, contacts = TENANTS[name]
    tenant = Tenant.objects.create(tenant_id=uuid5(_IDS, name), name=name, language=language)
    TenantContact.objects.bulk_create(
        TenantContact(tenant=tenant, email=email) for email in contacts
    )
    return tenant


def _make_certificate(
    tenant: Tenant, number: int, days_left: int, dice: random.Random, now: datetime
) -> Certificate:
    name, action_type, resource_type, unit, validity = dice.choice(KINDS)
    expires = now.astimezone(UTC).date() + timedelta(days=days_left)
    released = expires - timedelta(days={"YEAR": 365, "MONTH": 30}[unit] * validity)
    return create_certificate(
        tenant=tenant,
        values={
            "certificate_id": uuid5(_IDS, f"certificate {number}"),
            "date_release": max(released, date(2000, 1, 1)),
            "date_expire": expires,
            "name": name,
            "action_type": action_type,
            "resource_type": resource_type,
            "resource_id": uuid5(_IDS, f"resource {dice.randint(1, 40)}"),
            "validity_unit": unit,
            "validity": validity,
            "warning": int(dice.random() < 0.1),
        },
        now=now,
    )


def _make_action(certificate: Certificate, now: datetime) -> None:
    create_action(
        scope=EVERY_TENANT,
        values={
            "certificate_id": certificate.pk,
            "action_id": uuid5(_IDS, certificate.name),
            "action_name": f"May do: {certificate.name}",
            "action_code": "TRAINED",
        },
        now=now,
    )
