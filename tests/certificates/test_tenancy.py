"""Another tenant's rows do not exist; `system` sees all tenants."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from rest_framework.test import APIClient, APIRequestFactory

from certificates.models import Tenant, TenantScope
from certificates.tenancy import scope_of
from config.access.oidc.tokens import OidcToken
from tests.factories import AttachmentFactory, CertificateActionFactory, TenantFactory
from tests.tenants import member_api

pytestmark = pytest.mark.django_db


def index_ids(api: APIClient, path: str, key: str) -> set[str]:
    answer = api.post(f"/v2/{path}/index")
    assert answer.status_code == 200, answer.content
    return {row[key] for row in answer.json()}


def test_each_sees_its_own(system_api: APIClient) -> None:
    mine, yours = TenantFactory.create_batch(2)
    my_action = CertificateActionFactory.create(certificate__tenant=mine)
    your_action = CertificateActionFactory.create(certificate__tenant=yours)
    my_id, your_id = str(my_action.certificate_id), str(your_action.certificate_id)

    assert index_ids(member_api(mine), "certificate", "certificate_id") == {my_id}
    both = member_api(mine, yours)
    for api in (both, system_api):
        assert index_ids(api, "certificate", "certificate_id") == {my_id, your_id}
    assert index_ids(member_api(mine), "certificate-action", "certificate_action_id") == {
        str(my_action.pk)
    }


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("get", "certificate/view/{certificate}", None),
        ("put", "certificate/update/{certificate}", {"name": "Mine now"}),
        ("delete", "certificate/delete/{certificate}?force=true", None),
        ("get", "certificate-action/view/{action}", None),
        ("put", "certificate-action/update/{action}", {"action_name": "Mine now"}),
        ("delete", "certificate-action/delete/{action}", None),
        ("get", "attachment/view/{attachment}", None),
        ("get", "attachment/download/{attachment}", None),
        ("delete", "attachment/delete/{attachment}", None),
    ],
)
def test_anothers_rows_are_not_found(method: str, path: str, body: dict[str, str] | None) -> None:
    action = CertificateActionFactory.create()
    attachment = AttachmentFactory.create(certificate=action.certificate)
    ids = {"certificate": action.certificate_id, "action": action.pk, "attachment": attachment.pk}
    api = member_api(TenantFactory.create())

    answer = getattr(api, method)(f"/v2/{path.format_map(ids)}", body)

    assert answer.status_code == 404, answer.content
    action.refresh_from_db()
    assert action.action_name == "Work at height"
    assert action.certificate.name == "Certificate of Completion"


def test_one_creates_in_ones_own_tenants_only(system_api: APIClient) -> None:
    mine, yours = TenantFactory.create_batch(2)

    def create(api: APIClient, tenant_id: UUID) -> Any:
        body = {
            "date_release": "2023-01-01",
            "name": "Forklift",
            "action_type": "CHECK",
            "resource_id": str(uuid4()),
            "tenant_id": str(tenant_id),
        }
        return api.post("/v2/certificate/create", body)

    assert create(member_api(mine), mine.pk).status_code == 201
    assert create(member_api(mine), yours.pk).status_code == 403
    assert create(member_api(mine), uuid4()).status_code == 403
    assert create(system_api, yours.pk).status_code == 201
    unknown = create(system_api, uuid4())
    assert unknown.status_code == 400
    assert unknown.json()["errors"][0]["pointer"] == "#/tenant_id"


def test_without_a_token_or_a_tenant_there_is_nothing(api: APIClient) -> None:
    anonymous = api.post("/v2/certificate/index")
    homeless = member_api().post("/v2/certificate/index")

    assert anonymous.status_code == 401
    assert homeless.status_code == 403


@pytest.mark.parametrize(
    ("roles", "claim", "expected"),
    [
        ([], "123e4567-e89b-12d3-a456-426655440000", {"123e4567-e89b-12d3-a456-426655440000"}),
        ([], None, set()),
        ([], "acme", set()),
        (["admin"], None, set()),
        (["system"], None, None),
    ],
)
def test_an_identity_providers_token_names_its_tenant(
    roles: list[str], claim: str | None, expected: set[str] | None
) -> None:
    request: Any = APIRequestFactory().get("/")
    request.user = AnonymousUser()
    request.auth = OidcToken(subject="s", roles=frozenset(roles), tenant=claim)

    ids = None if expected is None else frozenset(UUID(text) for text in expected)
    assert scope_of(request) == TenantScope(ids)


def test_a_tenant_with_certificates_is_kept() -> None:
    action = CertificateActionFactory.create()

    with pytest.raises(Exception, match="protected"):
        Tenant.objects.get(pk=action.tenant_id).delete()
