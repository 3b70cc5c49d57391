"""The tables that are measured."""

from __future__ import annotations

from django.db import models


class Certification(models.Model):
    mentor_id = models.CharField(max_length=64)
    certification_type_id = models.CharField(max_length=100)
    status = models.CharField(max_length=9)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        managed = False
        db_table = "certifications_certification"
        ordering = ["mentor_id", "certification_type_id"]

    def __str__(self) -> str:
        return self.mentor_id


class Renewal(models.Model):
    certification = models.ForeignKey(
        Certification, on_delete=models.CASCADE, related_name="renewals"
    )
    renewed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        managed = False
        db_table = "certifications_renewal"
        ordering = ["renewed_at"]

    def __str__(self) -> str:
        return str(self.renewed_at)


class Certificate(models.Model):
    certificate_id = models.UUIDField(primary_key=True)
    tenant_id = models.UUIDField()
    date_release = models.DateField()
    date_expire = models.DateField(null=True)
    name = models.CharField(max_length=255)
    note = models.TextField()
    action_type = models.CharField(max_length=11)
    resource_id = models.UUIDField()
    data = models.JSONField(null=True)
    warning = models.PositiveSmallIntegerField()
    validity_unit = models.CharField(max_length=5)
    validity = models.PositiveIntegerField(null=True)

    class Meta:
        managed = False
        db_table = "certificates_certificate"

    def __str__(self) -> str:
        return self.name


class EarnedBadge(models.Model):
    definition_id = models.BigIntegerField()
    mentor_id = models.CharField(max_length=64)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "badges_earnedbadge"

    def __str__(self) -> str:
        return f"earned-{self.pk:03d}"
