"""Files that belong to certificates."""

from __future__ import annotations

import uuid

from django.core.files.storage import Storage, storages
from django.db import models
from django.utils import timezone

from certificates.models.certificate import Certificate
from certificates.models.tenant import Tenant, TenantQuerySet


def attachment_storage() -> Storage:
    """The storage of attachments, as the settings have it."""
    return storages["attachments"]


class AttachmentQuerySet(TenantQuerySet["Attachment"]):
    """Attachments by tenant."""


class Attachment(models.Model):
    """A file. `media_type` is what its content shows, not what someone called it."""

    attachment_id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    certificate = models.ForeignKey(
        Certificate, on_delete=models.CASCADE, related_name="attachments"
    )
    tenant = models.ForeignKey(
        Tenant,
        on_delete=models.PROTECT,
        related_name="attachments",
        db_index=False,  # the indexes below begin with it
    )
    name = models.CharField(max_length=255)
    media_type = models.CharField(max_length=127)
    size = models.PositiveBigIntegerField(help_text="Bytes.")
    sha256 = models.CharField(max_length=64)
    file = models.FileField(storage=attachment_storage, max_length=200)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "created_at", "attachment_id"], name="attachment_made"),
            models.Index(fields=["tenant", "name", "attachment_id"], name="attachment_name"),
        ]

    def __str__(self) -> str:
        return self.name


class UnreferencedFile(models.Model):
    """The name of a file in the storage that no attachment names: not yet, or no longer.

    The row is written before a file appears and in the transaction that gives it up, so that what
    a crash leaves behind is found and removed.
    """

    name = models.CharField(max_length=200, unique=True)
    since = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.name
