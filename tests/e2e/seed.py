"""Rows for a stack. `Stack.shell` calls these functions inside a `manage.py` of the stack."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.models import Group, User
from django.utils import timezone

from certificates.models import Tenant, TenantMember
from certificates.webhooks.models import SUBSCRIBABLE
from certificates.webhooks.services.endpoints import create_endpoint
from certifications.models import (
    Certification,
    CertificationType,
    Coordinator,
    Mentor,
    Organisation,
)
from certifications.models.certification_type import start_of_day
from config.accounts import issue_token


def mentors(
    count: int,
    *,
    days_left: int = 5,
    prefix: str = "m",
    language: str = "en",
    organisation: str | None = None,
) -> None:
    """Mentors `m-000`, … at `m-000@example.org`, each certified for `days_left` more days."""
    expires_at = start_of_day(timezone.now(), days_left) + timedelta(hours=12)
    CertificationType.objects.get_or_create(code="first_aid", defaults={"name": "First aid"})
    if organisation:
        Organisation.objects.get_or_create(id=organisation, defaults={"name": organisation.title()})
    ids = [f"{prefix}-{number:03d}" for number in range(count)]
    Mentor.objects.bulk_create(
        Mentor(
            id=mentor_id,
            name=f"Mentor {mentor_id}",
            email=f"{mentor_id}@example.org",
            language=language,
            organisation_id=organisation,
        )
        for mentor_id in ids
    )
    Certification.objects.bulk_create(
        Certification(
            mentor_id=mentor_id,
            certification_type_id="first_aid",
            issued_at=expires_at - timedelta(days=365),
            expires_at=expires_at,
        )
        for mentor_id in ids
    )


def coordinator(organisation: str, email: str, *, language: str = "en") -> None:
    Organisation.objects.get_or_create(id=organisation, defaults={"name": organisation.title()})
    Coordinator.objects.create(organisation_id=organisation, email=email, language=language)


def tenant_with_endpoint(url: str) -> None:
    """A tenant with an endpoint at `url`; prints its id, a member's token and the secret."""
    tenant = Tenant.objects.create(name="Nordlys Bygg AS")
    token = issue_token(account="nordlys", roles=[], valid_for=timedelta(days=1))
    TenantMember.objects.create(tenant=tenant, account=User.objects.get(username="nordlys"))
    made = create_endpoint(
        tenant=tenant, name="Receiver", url=url, events=SUBSCRIBABLE, now=timezone.now()
    )
    print(tenant.pk, token, made.secret)


def desk_coordinator(name: str, password: str) -> None:
    """An account that coordinates the first organisation; prints that one's name, and the key of a
    certification of another."""
    own = Organisation.objects.order_by("id")[0]
    account = User.objects.create_user(name, password=password)
    account.groups.add(Group.objects.get(name="coordinator"))
    Coordinator.objects.create(organisation=own, email=f"{name}@example.org", account=account)
    print(own)
    foreign = Certification.objects.exclude(mentor__organisation=own).order_by("id")
    print(foreign.values_list("pk", flat=True)[0])
