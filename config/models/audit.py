"""The audit log."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditEvent(models.TextChoices):
    LOGIN = "login", _("logged in")
    LOGIN_FAILED = "login_failed", _("failed to log in")
    LOCKED_OUT = "locked_out", _("locked out")
    LOGOUT = "logout", _("logged out")
    SECOND_FACTOR_SET_UP = "second_factor_set_up", _("second factor set up")
    SECOND_FACTOR_REMOVED = "second_factor_removed", _("second factor removed")
    SESSIONS_ENDED = "sessions_ended", _("sessions ended")
    TOKEN_CREATED = "token_created", _("token made")
    TOKEN_USED = "token_used", _("token used")
    TOKEN_REVOKED = "token_revoked", _("token revoked")
    ROLE_GIVEN = "role_given", _("role given")
    ROLE_TAKEN = "role_taken", _("role taken")
    EXPORTED = "exported", _("exported")
    IMPORTED = "imported", _("imported")


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    def older_than(self, moment: datetime) -> Self:
        """Entries from before `moment`."""
        return self.filter(at__lt=moment)


class AuditEntry(models.Model):
    """Who did what, when and from where. Names, not keys: it outlives the accounts it names."""

    at = models.DateTimeField(_("when"), db_index=True)
    event = models.CharField(_("what"), max_length=30, choices=AuditEvent)
    account = models.CharField(
        _("who"), max_length=150, blank=True, help_text=_("Empty for a command or a task.")
    )
    address = models.CharField(_("from where"), max_length=64, null=True, blank=True)  # noqa: DJ001
    subject = models.CharField(_("of what"), max_length=300, blank=True)
    #: What is kept once alone has a text of its own here.
    once = models.CharField(max_length=150, null=True, unique=True, editable=False)  # noqa: DJ001

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        indexes = [
            models.Index(fields=["account", "at"], name="audit_account"),
            models.Index(fields=["event", "at"], name="audit_event"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.account} {self.event} {self.subject}".strip()
