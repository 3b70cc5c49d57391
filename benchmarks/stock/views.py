"""The contracts as ModelViewSets."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from knox.auth import TokenAuthentication
from rest_framework import permissions, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from benchmarks.stock.models import Certificate, Certification, EarnedBadge
from benchmarks.stock.serializers import (
    CertificateSerializer,
    ExpiringSerializer,
    RecordSerializer,
    RenewalSerializer,
    SearchSerializer,
)


class RecordViewSet(viewsets.ModelViewSet[Certification]):
    authentication_classes = [TokenAuthentication]
    queryset = Certification.objects.all()
    serializer_class = RecordSerializer
    lookup_field = "mentor_id"
    filterset_fields = {"certification_type_id": ["exact"], "status": ["exact"]}

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        serializer.save()
        return Response({**serializer.data, "upserted": True})

    @action(detail=False)
    def expiring(self, request: Request) -> Response:
        now = timezone.now()
        within = Certification.objects.filter(
            status="active", expires_at__gte=now, expires_at__lte=now + timedelta(days=30)
        )
        page = self.paginate_queryset(within.order_by("expires_at"))
        return self.get_paginated_response(ExpiringSerializer(page, many=True).data)

    @action(detail=True, methods=["post"])
    def renewals(self, request: Request, mentor_id: str) -> Response:
        serializer = RenewalSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        with transaction.atomic():
            held = self.get_object()
            serializer.save(certification=held)
            held.expires_at = serializer.validated_data["expires_at"]
            held.status = "active"
            held.save()
        body = {
            "mentor_id": mentor_id,
            "renewal_appended": True,
            "renewal_entry": serializer.data,
            "total_renewals": held.renewals.count(),
            "updated_at": held.updated_at,
        }
        return Response(body, status=201)


class CertificateViewSet(viewsets.ModelViewSet[Certificate]):
    authentication_classes = [TokenAuthentication]
    permission_classes = [permissions.IsAuthenticated]
    queryset = Certificate.objects.all()
    serializer_class = CertificateSerializer

    @action(detail=False, methods=["post"])
    def index(self, request: Request) -> Response:
        search = SearchSerializer(data=request.data["filter"])
        search.is_valid(raise_exception=True)
        found = self.paginate_queryset(
            Certificate.objects.filter(**search.validated_data).order_by("name")
        )
        return Response(self.get_serializer(found, many=True).data)


class EarnedBadgeViewSet(viewsets.ModelViewSet[EarnedBadge]):
    authentication_classes = [TokenAuthentication]
    permission_classes = [permissions.IsAuthenticated]
    queryset = EarnedBadge.objects.all()

    @action(detail=False)
    def exists(self, request: Request) -> Response:
        held = EarnedBadge.objects.filter(
            definition_id=int(request.query_params["badge_definition_id"].removeprefix("bdg-def-")),
            mentor_id=request.query_params["peer_mentor_id"],
            revoked_at=None,
        ).first()
        return Response({"exists": held is not None, "earned_badge_id": str(held)})
