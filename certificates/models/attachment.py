"""Files that belong to certificates."""

from __future__ import annotations

import uuid

from django.core.files.storage import Storage, storages
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from certificates.models.certificate import Certificate
from certificates.models.tenant import Tenant, TenantQuerySet


def attachment_storage() -> Storage:
    """The storage of attachments, as the settings have it."""
    return storages["attachments"]


class AttachmentQuerySet(TenantQuerySet["Attachment"]):
    """Attachments by tenant."""


class Attachment(models.Model):
    """A file. `media_type` is what its content shows, not what someone called it."""

    attachment_id = models.UUIDField(_("attachment id"), primary_key=True, default=uuid.uuid4)
    certificate = models.ForeignKey(
        Certificate,
        verbose_name=_("certificate"),
        on_delete=models.CASCADE,
        related_name="attachments",
    )
    tenant = models.ForeignKey(
        Tenant,
        verbose_name=_("tenant"),
        on_delete=models.PROTECT,
        related_name="attachments",
        db_index=False,  # the indexes below begin with it
    )
    name = models.CharField(_("name"), max_length=255)
    media_type = models.CharField(_("media type"), max_length=127)
    size = models.PositiveBigIntegerField(_("size"), help_text="Bytes.")
    sha256 = models.CharField(_("sha256"), max_length=64)
    file = models.FileField(_("file"), storage=attachment_storage, max_length=200)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
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

    name = models.CharField(_("name"), max_length=200, unique=True)
    since = models.DateTimeField(_("since"), db_index=True)

    class Meta:
        verbose_name = _("unreferenced file")
        verbose_name_plural = _("unreferenced files")

    def __str__(self) -> str:
        return self.name
