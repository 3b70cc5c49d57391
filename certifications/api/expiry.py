"""Contract 2: `/api/v1/certifications`."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from certifications import services
from certifications.api import examples
from certifications.api.filters import ExpiryFilters
from certifications.api.records import (
    Records,
    all_records,
    records_of,
    records_of_type,
    scope_of,
    walked_records,
)
from certifications.api.serializers import (
    CertificationExpiry,
    CertificationInput,
    CertificationQuery,
    CertificationUpdateInput,
    Deleted,
)
from certifications.errors import CertificationNotFound
from certifications.models import Mentor
from config.api.access import PublicApi, actor_of
from config.api.fields import IDENTIFIER_IN_PATH
from config.api.schema import operation
from config.api.views import ContractViewSet


def all_certifications(coordinator: Any = None) -> Records:
    return all_records(coordinator).select_related("certification_type")


def walked_certifications(coordinator: Any = None) -> Records:
    return walked_records(coordinator).select_related("certification_type")


class CertificationViewSet(ContractViewSet):
    """Certifications by their expiry: how many days are left, and the status derived from it."""

    permission_classes = [PublicApi]
    queryset = all_certifications()
    serializer_class = CertificationExpiry
    filterset_class = ExpiryFilters
    lookup_field = "mentor_id"
    path_patterns = {"mentor_id": IDENTIFIER_IN_PATH}
    field_names = {"expires_at": "expiry_date"}
    locations = {
        "create": "/api/v1/certifications/{mentor_id}?certification_type={certification_type}"
    }
    query_serializers = {
        "retrieve": CertificationQuery,
        "update": CertificationQuery,
        "destroy": CertificationQuery,
    }

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "now": timezone.now()}

    def resource_rows(self, **kwargs: Any) -> QuerySet[Any, Any]:
        # Whoever changes what a mentor holds locks the mentor.
        return Mentor.objects.filter(pk=kwargs["mentor_id"])

    @operation(
        summary="List certifications; `within_days` filters those that expire soon",
        answers={200: (CertificationExpiry, examples.CERTIFICATION_LIST)},
    )
    def list(self, request: Request) -> Response:
        rows = walked_certifications if self.is_walked else all_certifications
        return self.page(CertificationExpiry, rows, **scope_of(request))

    @operation(
        summary="Get the expiry of a mentor's certification",
        answers={200: (CertificationExpiry, examples.CERTIFICATION)},
        parameters=[CertificationQuery],
    )
    def retrieve(self, request: Request, mentor_id: str) -> Response:
        code = self.query()["certification_type"]
        named: dict[str, Any] = {"mentor_id": mentor_id, **scope_of(request)}
        if code is None:
            found = self.one(CertificationExpiry, records_of, **named)
        else:
            found = self.one(CertificationExpiry, records_of_type, cert_type=code, **named)
        if found is None:
            raise CertificationNotFound(mentor_id, code)
        return Response(found)

    @operation(
        summary="Record a new certification of a mentor",
        request=CertificationInput,
        request_example=examples.CERTIFICATION_CREATE_REQUEST,
        answers={201: (CertificationExpiry, examples.CERTIFICATION_CREATED)},
        problems=[409],
    )
    def create(self, request: Request) -> Response:
        certification = services.create_certification(
            **self.body(CertificationInput), now=timezone.now(), actor=actor_of(request)
        )
        return Response(self.get_serializer(certification).data, status=201)

    @operation(
        summary="Update the expiry of a certification after renewal",
        description="A later date than before is a renewal and enters the renewal history.",
        request=CertificationUpdateInput,
        request_example=examples.CERTIFICATION_UPDATE_REQUEST,
        answers={200: (CertificationExpiry, examples.CERTIFICATION_UPDATED)},
        problems=[409],
        parameters=[CertificationQuery],
    )
    def update(self, request: Request, mentor_id: str) -> Response:
        certification = services.reschedule_certification(
            mentor_id=mentor_id,
            named_type=self.query()["certification_type"],
            **self.body(CertificationUpdateInput),
            now=timezone.now(),
            actor=actor_of(request),
        )
        return Response(self.get_serializer(certification).data)

    @operation(
        summary="Delete a mentor's certification",
        answers={200: (Deleted, examples.CERTIFICATION_DELETED)},
        problems=[409],
        parameters=[CertificationQuery],
    )
    def destroy(self, request: Request, mentor_id: str) -> Response:
        services.delete_certification(
            mentor_id=mentor_id,
            named_type=self.query()["certification_type"],
            parameter="certification_type",
            actor=actor_of(request),
        )
        return Response({"deleted": True, "mentor_id": mentor_id})
