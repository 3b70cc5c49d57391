"""What is kept of badges whose rows are gone: that there were such."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ErasedBadge(models.Model):
    """The number of an earned badge that was deleted, and nothing about who earned it.

    Its credential is out in the world and must not become valid again: the bit of the number stays
    set in the status list. Written in the transaction that deletes the badge.
    """

    number = models.BigIntegerField(_("number"), primary_key=True)
    created_at = models.DateTimeField(
        _("created at"), help_text=_("When the number was given out, not when its badge went.")
    )

    class Meta:
        verbose_name = _("erased badge")
        verbose_name_plural = _("erased badges")

    def __str__(self) -> str:
        return str(self.number)
