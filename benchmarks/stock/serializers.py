"""The shapes of the contracts as nested ModelSerializers."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from rest_framework import serializers

from benchmarks.stock.models import Certificate, Certification, Renewal


class RenewalSerializer(serializers.ModelSerializer[Renewal]):
    class Meta:
        model = Renewal
        fields = ["renewed_at", "expires_at"]


class RecordSerializer(serializers.ModelSerializer[Certification]):
    cert_type = serializers.CharField(source="certification_type_id", max_length=100)
    renewal_history = RenewalSerializer(source="renewals", many=True, read_only=True)

    class Meta:
        model = Certification
        fields = [
            *("mentor_id", "cert_type", "status", "issued_at", "expires_at"),
            *("renewal_history", "updated_at"),
        ]

    def create(self, validated_data: dict[str, Any]) -> Certification:
        held, _ = Certification.objects.update_or_create(
            mentor_id=validated_data.pop("mentor_id"),
            certification_type_id=validated_data.pop("certification_type_id"),
            defaults=validated_data,
        )
        return held


class ExpiringSerializer(serializers.ModelSerializer[Certification]):
    cert_type = serializers.CharField(source="certification_type_id")
    days_until_expiry = serializers.SerializerMethodField()

    class Meta:
        model = Certification
        fields = [
            *("mentor_id", "cert_type", "status", "issued_at", "expires_at"),
            "days_until_expiry",
        ]

    def get_days_until_expiry(self, held: Certification) -> int:
        return (held.expires_at.date() - timezone.now().date()).days


class CertificateSerializer(serializers.ModelSerializer[Certificate]):
    class Meta:
        model = Certificate
        fields = "__all__"


class SearchSerializer(serializers.Serializer[Any]):
    resource_id = serializers.UUIDField()
    tenant_id = serializers.UUIDField()
