"""Contract 4: `/v2/certificate`."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from certificates.api import examples
from certificates.api.serializers import (
    CertificateIndexInput,
    CertificateInput,
    CertificateUpdateInput,
)
from certificates.contract import certificate_body, created_body
from certificates.models import Certificate
from certificates.services import certificates
from certificates.shapes import CertificateBody, CertificateDeleted
from certificates.tenancy import scope_of, tenant_to_write
from certificates.tenant_views import TenantEntityViewSet
from config.api.bodies import ForceQuery
from config.api.entities import parse_id
from config.api.schema import operation


def all_certificates() -> QuerySet[Certificate]:
    return Certificate.objects.all()


def current_certificates(today: Any) -> QuerySet[Certificate]:
    return Certificate.objects.current(today)


class CertificateViewSet(TenantEntityViewSet):
    """Compliance certificates of people, materials and equipment, by tenant."""

    entity = "certificate"
    queryset = all_certificates()
    serializer_class = CertificateBody
    has_shape = True
    locations = {"create": "/v2/certificate/view/{certificate_id}"}
    index_input = CertificateIndexInput
    query_serializers = {**TenantEntityViewSet.query_serializers, "destroy": ForceQuery}

    @operation(
        summary="Search certificates",
        description="Expired ones that a newer certificate replaced are shown with `history`.",
        request=CertificateIndexInput,
        request_example=examples.INDEX_REQUEST,
        answers={200: (CertificateBody(many=True), examples.INDEX)},
    )
    def index(self, request: Request) -> Response:
        search = self.search()
        if search.values["history"]:
            return self.index_response(search, all_certificates, certificate_body)
        today = timezone.now().astimezone(UTC).date()
        return self.index_response(search, current_certificates, certificate_body, today=today)

    @operation(summary="Get a certificate", answers={200: (CertificateBody, examples.CERTIFICATE)})
    def view(self, request: Request, id: str) -> Response:
        return Response(certificate_body(self.found(id)))

    @operation(
        summary="Create a certificate",
        description="The answer has the id and what was given; the whole is what view answers.",
        request=CertificateInput,
        request_example=examples.CREATE_REQUEST,
        answers={201: (CertificateBody, examples.CREATED)},
        problems=[409],
    )
    def create(self, request: Request) -> Response:
        values = self.body(CertificateInput)
        tenant = tenant_to_write(scope_of(request), values["tenant_id"])
        certificate = certificates.create_certificate(
            tenant=tenant, values=values, now=timezone.now()
        )
        return Response(created_body(certificate, values), status=201)

    @operation(
        summary="Update a certificate",
        description="Only the given fields change; the answer is the whole certificate.",
        request=CertificateUpdateInput,
        request_example=examples.UPDATE_REQUEST,
        answers={200: (CertificateBody, examples.UPDATED)},
    )
    def update(self, request: Request, id: str) -> Response:
        certificate = certificates.update_certificate(
            certificate_id=parse_id(id, "certificate"),
            scope=scope_of(request),
            changes=self.body(CertificateUpdateInput),
            now=timezone.now(),
        )
        return Response(certificate_body(certificate))

    @operation(
        summary="Delete a certificate",
        description=(
            "Without `force` a certificate that others are connected with is a 400 that names "
            "them in `connected_entities`, and nothing is deleted."
        ),
        answers={200: (CertificateDeleted, examples.DELETED)},
        parameters=[ForceQuery],
    )
    def destroy(self, request: Request, id: str) -> Response:
        certificate_id = parse_id(id, "certificate")
        certificates.delete_certificate(
            certificate_id=certificate_id,
            scope=scope_of(request),
            force=self.query()["force"] == "true",
            now=timezone.now(),
        )
        return Response({"deleted": True, "certificate_id": certificate_id})
