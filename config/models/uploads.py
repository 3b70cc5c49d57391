"""Tables that people brought, between upload and import."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Upload(models.Model):
    """A table between its upload and its import, with what was found in it.

    It lies in the database, so that any web process can go on with it.
    """

    token = models.UUIDField(_("token"), primary_key=True, default=uuid.uuid4)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("account"),
        on_delete=models.CASCADE,
        related_name="uploads",
    )
    kind = models.CharField(_("kind"), max_length=100)
    name = models.CharField(_("name"), max_length=200)
    content = models.BinaryField(_("content"))
    report = models.JSONField(_("report"), null=True)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("upload")
        verbose_name_plural = _("uploads")

    def __str__(self) -> str:
        return self.name
