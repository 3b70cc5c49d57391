"""Contract 1: `/api/v1/certification-records`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django_filters import FilterSet
from rest_framework.request import Request
from rest_framework.response import Response

from certifications import services
from certifications.api import examples
from certifications.api.filters import ExpiringFilters, RecordFilters
from certifications.api.serializers import (
    Deleted,
    ExpiringQuery,
    ExpiringRecord,
    Record,
    RecordInput,
    RecordQuery,
    RecordUpdateInput,
    RenewalAppended,
    RenewalInput,
    UpdatedRecord,
    UpsertedRecord,
)
from certifications.errors import CertificationNotFound
from certifications.models import Certification, Mentor
from certifications.models.certification import CertificationQuerySet
from config.api.access import PublicApi, actor_of
from config.api.fields import IDENTIFIER_IN_PATH
from config.api.schema import operation
from config.api.views import ContractViewSet

Records = QuerySet[Certification]


def _visible(coordinator: Any) -> CertificationQuerySet:
    """All, or those of the mentors of that coordinator's account."""
    rows = Certification.objects
    return rows.all() if coordinator is None else rows.coordinated_by(coordinator)


def all_records(coordinator: Any = None) -> Records:
    return _visible(coordinator).order_by("mentor_id", "certification_type_id")


def walked_records(coordinator: Any = None) -> Records:
    """The same in an order in which no row moves: the type of a certification can be corrected."""
    return _visible(coordinator).order_by("mentor_id", "id")


def records_of(mentor_id: Any, coordinator: Any = None) -> Records:
    return _visible(coordinator).held_by(mentor_id)


def records_of_type(mentor_id: Any, cert_type: Any, coordinator: Any = None) -> Records:
    return records_of(mentor_id, coordinator).filter(certification_type=cert_type)


def expiring_records(end: Any, now: Any, coordinator: Any = None) -> Records:
    return _visible(coordinator).expiring_until(end, now=now)


def scope_of(request: Request) -> dict[str, Any]:
    """What the rows above are asked for: the caller's account where it sees its own alone."""
    account = actor_of(request).limited_to
    return {} if account is None else {"coordinator": account.pk}


class CertificationRecordViewSet(ContractViewSet):
    """Certification records: what is stored, with its renewal history."""

    permission_classes = [PublicApi]
    field_names = {"certification_type": "cert_type"}
    queryset = all_records()
    serializer_class = Record
    lookup_field = "mentor_id"
    path_patterns = {"mentor_id": IDENTIFIER_IN_PATH}
    list_actions = frozenset({"list", "expiring"})
    creating_actions = frozenset({"create", "renewals"})
    locations = {
        "create": "/api/v1/certification-records/{mentor_id}?cert_type={cert_type}",
        "renewals": "/api/v1/certification-records/{mentor_id}",
    }
    query_serializers = {
        "retrieve": RecordQuery,
        "update": RecordQuery,
        "destroy": RecordQuery,
        "renewals": RecordQuery,
        "expiring": ExpiringQuery,
    }

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "now": timezone.now()}

    @property
    def filterset_class(self) -> type[FilterSet] | None:
        return {"list": RecordFilters, "expiring": ExpiringFilters}.get(self.action)

    def resource_rows(self, **kwargs: Any) -> QuerySet[Any, Any]:
        # Whoever changes what a mentor holds locks the mentor.
        return Mentor.objects.filter(pk=kwargs["mentor_id"])

    @operation(summary="List certification records", answers={200: (Record, examples.RECORD_LIST)})
    def list(self, request: Request) -> Response:
        rows = walked_records if self.is_walked else all_records
        return self.page(Record, rows, **scope_of(request))

    @operation(
        summary="Get a mentor's certification record",
        answers={200: (Record, examples.RECORD)},
        parameters=[RecordQuery],
    )
    def retrieve(self, request: Request, mentor_id: str) -> Response:
        cert_type = self.query()["cert_type"]
        named: dict[str, Any] = {"mentor_id": mentor_id, **scope_of(request)}
        if cert_type is None:
            record = self.one(Record, records_of, **named)
        else:
            record = self.one(Record, records_of_type, cert_type=cert_type, **named)
        if record is None:
            raise CertificationNotFound(mentor_id, cert_type)
        return Response(record)

    @operation(
        summary="Create or replace a certification record",
        description="201 when the mentor held no certification of that type before, else 200.",
        request=RecordInput,
        request_example=examples.RECORD_UPSERT_REQUEST,
        answers={
            201: (UpsertedRecord, examples.RECORD_UPSERT),
            200: (UpsertedRecord, examples.RECORD_UPSERT),
        },
    )
    def create(self, request: Request) -> Response:
        record, is_new = services.upsert_certification(
            **self.body(RecordInput), now=timezone.now(), actor=actor_of(request)
        )
        data = self.answer(UpsertedRecord, record)
        return Response(data, status=201 if is_new else 200)

    @operation(
        summary="Update a certification record in full",
        request=RecordUpdateInput,
        request_example=examples.RECORD_UPDATE_REQUEST,
        answers={200: (UpdatedRecord, examples.RECORD_UPDATE)},
        problems=[409],
        parameters=[RecordQuery],
    )
    def update(self, request: Request, mentor_id: str) -> Response:
        record = services.replace_certification(
            mentor_id=mentor_id,
            named_type=self.query()["cert_type"],
            **self.body(RecordUpdateInput),
            now=timezone.now(),
            actor=actor_of(request),
        )
        return Response(self.answer(UpdatedRecord, record))

    @operation(
        summary="Delete a certification record",
        answers={200: (Deleted, examples.RECORD_DELETED)},
        problems=[409],
        parameters=[RecordQuery],
    )
    def destroy(self, request: Request, mentor_id: str) -> Response:
        services.delete_certification(
            mentor_id=mentor_id,
            named_type=self.query()["cert_type"],
            parameter="cert_type",
            actor=actor_of(request),
        )
        return Response({"deleted": True, "mentor_id": mentor_id})

    @operation(
        summary="Append a renewal to a mentor's renewal history",
        description="200 with `renewal_appended: false` when the same entry stood there already.",
        request=RenewalInput,
        request_example=examples.RENEWAL_REQUEST,
        answers={201: (RenewalAppended, examples.RENEWAL), 200: (RenewalAppended, None)},
        problems=[409],
        parameters=[RecordQuery],
    )
    def renewals(self, request: Request, mentor_id: str) -> Response:
        outcome = services.append_renewal(
            mentor_id=mentor_id,
            named_type=self.query()["cert_type"],
            **self.body(RenewalInput),
            now=timezone.now(),
            actor=actor_of(request),
        )
        data = self.answer(RenewalAppended, outcome)
        return Response(data, status=201 if outcome.appended else 200)

    @operation(
        summary="List certification records that expire within some days, soonest first",
        answers={200: (ExpiringRecord(many=True), examples.EXPIRING)},
        parameters=[ExpiringQuery],
    )
    def expiring(self, request: Request) -> Response:
        now = timezone.now()
        end = now + timedelta(days=self.query()["within_days"])
        return self.page(ExpiringRecord, expiring_records, end=end, now=now, **scope_of(request))
