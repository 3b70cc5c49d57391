"""`/api/v1/mentors`: whom reminders go to. Personal data, so a role is needed."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from certifications import services
from certifications.api import examples
from certifications.api.filters import MentorFilters
from certifications.api.serializers import Deleted, MentorDetails, MentorInput
from certifications.errors import MentorNotFound
from certifications.models import Mentor
from config.api.access import SystemOrAdmin
from config.api.bodies import ForceQuery
from config.api.fields import IDENTIFIER_IN_PATH
from config.api.schema import operation
from config.api.views import ContractViewSet


def all_mentors() -> QuerySet[Mentor]:
    return Mentor.objects.select_related("organisation").order_by("id")


class MentorViewSet(ContractViewSet):
    """Mentors: name, address, language and organisation."""

    permission_classes = [SystemOrAdmin]
    queryset = all_mentors()
    serializer_class = MentorDetails
    filterset_class = MentorFilters
    lookup_field = "mentor_id"
    puts_new = True
    locations = {"update": "/api/v1/mentors/{mentor_id}"}
    path_patterns = {"mentor_id": IDENTIFIER_IN_PATH}
    query_serializers = {"destroy": ForceQuery}

    def resource_rows(self, **kwargs: Any) -> QuerySet[Any, Any]:
        # Whoever changes what a mentor holds locks the mentor.
        return Mentor.objects.filter(pk=kwargs["mentor_id"])

    @operation(summary="List mentors", answers={200: (MentorDetails, examples.MENTOR_LIST)})
    def list(self, request: Request) -> Response:
        return self.page(MentorDetails, all_mentors)

    @operation(summary="Get a mentor", answers={200: (MentorDetails, examples.MENTOR)})
    def retrieve(self, request: Request, mentor_id: str) -> Response:
        mentor = self.get_queryset().filter(id=mentor_id).first()
        if mentor is None:
            raise MentorNotFound(mentor_id)
        return Response(MentorDetails(mentor).data)

    @operation(
        summary="Create or replace a mentor",
        description="201 when the mentor is new, else 200. An unknown organisation is registered.",
        request=MentorInput,
        request_example=examples.MENTOR_PUT_REQUEST,
        answers={200: (MentorDetails, examples.MENTOR), 201: (MentorDetails, examples.MENTOR)},
    )
    def update(self, request: Request, mentor_id: str) -> Response:
        mentor, is_new = services.put_mentor(mentor_id=mentor_id, **self.body(MentorInput))
        return Response(MentorDetails(mentor).data, status=201 if is_new else 200)

    @operation(
        summary="Erase a mentor's data",
        description="A mentor who holds certifications is erased only with `force=true`.",
        answers={200: (Deleted, examples.MENTOR_DELETED)},
        problems=[409],
        parameters=[ForceQuery],
    )
    def destroy(self, request: Request, mentor_id: str) -> Response:
        services.erase_mentor(mentor_id=mentor_id, force=self.query()["force"] == "true")
        return Response({"deleted": True, "mentor_id": mentor_id})
