"""Who gets what from every route and method: `apis.txt`, a row each. A new route needs a row."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import connection, transaction
from django.test import override_settings
from rest_framework.test import APIClient

from certificates.api import examples as certificates
from certificates.models import Tenant
from certificates.webhooks.api import examples as webhooks
from certifications.models import Organisation
from tests.access.table import Row, read_table, routes
from tests.conftest import client_of
from tests.factories import (
    AttachmentFactory,
    CertificateActionFactory,
    CertificateFactory,
    CertificationFactory,
    CoordinatorFactory,
    EarnedBadgeFactory,
    OrganisationFactory,
    TenantFactory,
)
from tests.tenants import member_api
from tests.webhooks.factories import WebhookDeliveryFactory, WebhookEndpointFactory

CALLERS, TABLE = read_table(Path(__file__).parent / "apis.txt")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
#: A date for as long as these tests are run.
LATER = "2199-01-01"
#: The one id of all rows with a UUID.
ROW = UUID("123e4567-e89b-12d3-a456-426655440000")

pytestmark = pytest.mark.django_db

#: Bodies that are sound, where an empty one would hide who may: of another tenant's resources.
BODIES: dict[str, Any] = {
    "v2/certificate/create": certificates.CREATE_REQUEST,
    "v2/certificate-action/create": certificates.ACTION_CREATE_REQUEST,
    "v2/webhook-endpoint/create": webhooks.ENDPOINT_CREATE_REQUEST,
    "v2/webhook-endpoint/redeliver": webhooks.REDELIVER_REQUEST,
    "api/v1/certification-cron/<id>/execute": {"dry_run": True},
    "api/v1/certification-records": {"mentor_id": "m", "cert_type": "t", "expires_at": LATER},
    "api/v1/certifications": {"mentor_id": "m", "certification_type": "t", "expiry_date": LATER},
    "api/v1/certification-records/<mentor_id>": {
        "cert_type": "t",
        "status": "active",
        "expires_at": LATER,
    },
    "api/v1/certifications/<mentor_id>": {"certification_type": "t", "expiry_date": LATER},
    "api/v1/certification-records/<mentor_id>/renewals": {
        "renewed_at": "2026-01-01",
        "expires_at": LATER,
    },
}


def api_routes() -> Iterator[Row]:
    """Every route outside the admin, with every method that its view has."""
    for route, pattern in routes():
        if route.startswith(("admin/", "i18n/")):
            continue
        view: Any = pattern.callback
        actions = getattr(view, "actions", None) or {"get": ""}
        for method in METHODS:
            yield (method if method.lower() in actions else "other", route or "/")


def rows() -> None:
    """A row for each id that the requests name, all of one tenant."""
    tenant = TenantFactory.create(tenant_id=ROW)
    certificate = CertificateFactory.create(certificate_id=ROW, tenant=tenant)
    CertificateActionFactory.create(certificate_action_id=ROW, certificate=certificate)
    attachment = AttachmentFactory.create(attachment_id=ROW, certificate=certificate)
    storages["attachments"].save(attachment.file.name, ContentFile(b"a diploma"))
    endpoint = WebhookEndpointFactory.create(webhook_endpoint_id=ROW, tenant=tenant)
    # Positions count from 1 where events are made.
    WebhookDeliveryFactory.create(webhook_delivery_id=ROW, endpoint=endpoint, event__position=1000)
    organisation = OrganisationFactory.create(id="home")
    CertificationFactory.create(mentor__id="m", mentor__organisation=organisation)
    EarnedBadgeFactory.create(mentor__id="n")
    client_of("job-maker", "system").post(
        "/api/v1/certification-cron", {"name": "nightly", "cron_expression": "0 2 * * *"}
    )


def client_for(caller: str) -> APIClient:
    """A client of that kind; three have no token, `norole` has one and nothing else, `coordinator`
    is one of the rows' organisation, `outsider` of another, `member` belongs to the tenant of the
    rows, `stranger` to another, the others have the role that they are called for.
    """
    match caller:
        case "open" | "read-only" | "closed":
            return APIClient()
        case "norole":
            return client_of(caller)
        case "coordinator":
            return coordinator_of(Organisation.objects.get(pk="home"), caller)
        case "outsider":
            return coordinator_of(OrganisationFactory.create(), caller)
        case "member":
            return member_api(Tenant.objects.get(pk=ROW))
        case "stranger":
            return member_api(TenantFactory.create())
        case _:
            return client_of(caller, caller)


def coordinator_of(organisation: Organisation, name: str) -> APIClient:
    client = client_of(name, "coordinator")
    CoordinatorFactory.create(organisation=organisation, account=User.objects.get(username=name))
    return client


def path_of(route: str) -> str:
    """An address of the route that names a row."""
    given = {
        "<id>": "cron-001" if "certification-cron" in route else str(ROW),
        "<mentor_id>": "m",
        "<code>": "not-found",
        "<str:thumbprint>": "none",
        "<str:public_id>": "bdg-def-001",
        "<int:number>": "0",
        "<uuid:public_uuid>": str(ROW),
        "<str:token>": "none",
    }
    if "earned-badges" in route:
        given["<id>"] = "earned-001"
    if "badge-definitions" in route:
        given["<id>"] = "bdg-def-001"
    for parameter, value in given.items():
        route = route.replace(parameter, value)
    return "/" + route.removeprefix("/")


def status(client: APIClient, method: str, route: str) -> str:
    """What the client gets, as the table has it."""
    path = path_of(route)
    last = route.rpartition("/")[2]
    needs_id = route.startswith("v2/") and last not in ("index", "create", "<id>")
    query = f"?id={ROW}" if needs_id else ""
    if route.endswith("by-organisation"):
        query = "?organisation_id=o"
    if route.endswith("exists"):
        query = "?peer_mentor_id=n&badge_definition_id=bdg-def-001"
    if method == "GET":
        return str(client.get(path + query).status_code)
    if (method, route) == ("POST", "v2/attachment/create"):
        form = {"certificate_id": str(ROW), "file": ContentFile(b"a diploma", "diploma.txt")}
        return str(client.post(path, form, format="multipart").status_code)
    body = BODIES.get(route.removesuffix("/<id>") if route.startswith("v2/") else route, {})
    return str(getattr(client, method.lower())(path + query, body).status_code)


@pytest.mark.skipif(
    connection.vendor == "postgresql",
    reason="production's settings have no badge keys, which shows here",
)
def test_everybody_gets_what_the_table_says() -> None:
    rows()
    clients = {caller: client_for(caller) for caller in CALLERS}

    wrong = [
        f"{caller} gets {found} from {method} {route}, not {expected}"
        for (method, route), outcomes in TABLE.items()
        for caller, expected in zip(CALLERS, outcomes, strict=True)
        if (found := outcome_for(clients[caller], caller, method, route)) != expected
    ]

    assert not wrong, "\n".join(wrong)


def outcome_for(
    client: APIClient, caller: str, method: str, route: str, *, setting: str = "closed"
) -> str:
    """What the caller gets, those with a token by `setting`; nothing of it stays."""
    if caller in ("open", "read-only", "closed"):
        setting = caller
    savepoint = transaction.savepoint()
    with override_settings(PUBLIC_API=setting, METRICS="token"):
        found = status(client, method, route)
    transaction.savepoint_rollback(savepoint)
    return found


@pytest.mark.skipif(connection.vendor == "postgresql", reason="the same on every database")
def test_what_writes_needs_the_same_right_where_reading_is_free() -> None:
    rows()
    callers = [caller for caller in CALLERS if caller not in ("open", "read-only", "closed")]
    clients = {caller: client_for(caller) for caller in callers}

    wrong = [
        f"{caller} gets {found} from {method} {route}, not {expected}"
        for (method, route), outcomes in TABLE.items()
        for caller, expected in zip(CALLERS, outcomes, strict=True)
        if method != "GET"
        and caller in clients
        and (found := outcome_for(clients[caller], caller, method, route, setting="read-only"))
        != expected
    ]

    assert not wrong, "\n".join(wrong)


def test_every_route_and_method_has_a_row_and_no_row_is_without_a_route() -> None:
    known = {row for row in api_routes() if row[0] != "other"}

    assert known == set(TABLE)


def test_every_other_method_is_a_405_for_whoever_may_come_in() -> None:
    rows()
    client = client_of("root", "system", "admin")
    for route in {route for _, route in TABLE}:
        for method in {*METHODS} - {known for known, other in TABLE if other == route}:
            answer = status(client, method, route)
            assert answer == "405", f"{method} {route}: {answer}"
