"""Contract 5: `/api/v1/earned-badges`, and what it implies."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from badges.api import examples
from badges.api.filters import EarnedBadgeFilters
from badges.api.serializers import (
    AwardInput,
    BadgeExists,
    Credential,
    EarnedBadgeDetails,
    ExistsQuery,
    OrganisationBadge,
    OrganisationQuery,
    RevokedBadge,
    RevokeInput,
    StandingBadge,
)
from badges.credentials.signing import signed_credential
from badges.errors import EarnedBadgeNotFound
from badges.models import EarnedBadge
from badges.models.definition import DEFINITION_ID
from badges.models.earned import EARNED_ID
from badges.services import awards
from config.api.access import AdminOnly, SystemOnly, SystemOrAdmin
from config.api.pagination import EnvelopePagination
from config.api.schema import operation
from config.api.views import ContractViewSet
from config.errors import NotFoundError

Earned = QuerySet[EarnedBadge]


def all_earned() -> Earned:
    return EarnedBadge.objects.order_by("awarded_at", "id")


def earned_in(organisation_id: Any) -> Earned:
    return EarnedBadge.objects.of_organisation(organisation_id)


def standing(definition: Any, mentor_id: Any) -> Earned:
    return EarnedBadge.objects.standing().filter(definition=definition, mentor_id=mentor_id)


class OrganisationPagination(EnvelopePagination):
    default_limit = 50


class EarnedBadgeViewSet(ContractViewSet):
    """Badges that mentors earned. Each operation names the roles that may call it."""

    queryset = all_earned()
    serializer_class = EarnedBadgeDetails
    list_actions = frozenset({"list", "by_organisation"})
    query_serializers = {"by_organisation": OrganisationQuery, "exists": ExistsQuery}
    field_names = {"mentor_id": "peer_mentor_id"}
    lookup_field = "id"
    reading_action = "credential"
    locations = {"create": "/api/v1/earned-badges/{id}/credential"}

    def get_permissions(self) -> list[BasePermission]:
        """`system`, beside it `admin` for an organisation's badges, `admin` alone revokes."""
        if self.action in ("by_organisation", "credential"):
            return [SystemOrAdmin()]
        return [AdminOnly()] if self.action == "revoke" else [SystemOnly()]

    @property
    def pagination_class(self) -> type[EnvelopePagination]:  # type: ignore[override]
        by_organisation = self.action == "by_organisation"
        return OrganisationPagination if by_organisation else EnvelopePagination

    @property
    def filterset_class(self) -> type[EarnedBadgeFilters] | None:
        return EarnedBadgeFilters if self.action == "list" else None

    @operation(
        summary="List earned badges", answers={200: (EarnedBadgeDetails, examples.EARNED_LIST)}
    )
    def list(self, request: Request) -> Response:
        return self.page(EarnedBadgeDetails, all_earned)

    @operation(
        summary="List an organisation's earned badges",
        description="Of the mentors who belong to it now, by `awarded_at`.",
        answers={200: (OrganisationBadge(many=True), examples.BY_ORGANISATION)},
        parameters=[OrganisationQuery],
    )
    def by_organisation(self, request: Request) -> Response:
        organisation_id = self.query()["organisation_id"]
        return self.page(OrganisationBadge, earned_in, organisation_id=organisation_id)

    @operation(
        summary="Award a badge",
        description=(
            "201 when it is new. 200 with the badge that stands when the mentor holds it already."
        ),
        request=AwardInput,
        request_example=examples.AWARD_REQUEST,
        answers={
            200: (EarnedBadgeDetails, examples.AWARDED),
            201: (EarnedBadgeDetails, examples.AWARDED),
        },
    )
    def create(self, request: Request) -> Response:
        values = self.body(AwardInput)
        award = awards.Award(
            definition_id=values["badge_definition_id"],
            mentor_id=values["peer_mentor_id"],
            awarded_at=values.get("awarded_at"),
            awarded_by=values["awarded_by"],
        )
        earned, is_new = awards.award_badge(award, now=timezone.now())
        return Response(EarnedBadgeDetails(earned).data, status=201 if is_new else 200)

    @operation(
        summary="Ask whether a mentor holds a badge",
        description="A revoked badge does not count.",
        answers={200: (BadgeExists, examples.EXISTS)},
        parameters=[ExistsQuery],
    )
    def exists(self, request: Request) -> Response:
        asked = self.query()
        try:
            definition = DEFINITION_ID.parse(asked["badge_definition_id"])
        except NotFoundError:
            return Response({"exists": False, "earned_badge_id": None})
        held = self.one(
            StandingBadge, standing, definition=definition, mentor_id=asked["peer_mentor_id"]
        )
        return Response({"exists": held is not None, **(held or {"earned_badge_id": None})})

    @operation(
        summary="Revoke an earned badge",
        description="Once and for all: revoked again, it keeps its first reason.",
        request=RevokeInput,
        request_example=examples.REVOKE_REQUEST,
        answers={200: (RevokedBadge, examples.REVOKED)},
    )
    def revoke(self, request: Request, id: str) -> Response:
        reason = self.body(RevokeInput)["reason"]
        earned, _ = awards.revoke_badge(
            public_id=id,
            reason=reason,
            revoked_by=str(request.user.get_username()),
            now=timezone.now(),
        )
        return Response(RevokedBadge(earned).data)

    @operation(
        summary="Get an earned badge as a credential",
        description="An Open Badges 3.0 credential (VC-JWT) that anyone can verify.",
        answers={200: (Credential, examples.CREDENTIAL)},
    )
    def credential(self, request: Request, id: str) -> Response:
        rows = EarnedBadge.objects.select_related("definition__image", "mentor")
        earned = rows.filter(pk=EARNED_ID.parse(id)).first()
        if earned is None:
            raise EarnedBadgeNotFound(id)
        return Response({"id": id, "credential": signed_credential(earned)})
