"""What the frame keeps: uploads, counts of rows and of outcomes, answers, and the audit log."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Self

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


class Tally(models.Model):
    """How many rows of a table have some values in some columns; see `config.tally`.

    Several rows of one kind add up. PostgreSQL's triggers write them, and nothing else does.
    """

    relation = models.CharField(max_length=100)
    first = models.CharField(max_length=100)
    second = models.CharField(max_length=100)
    count = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["relation", "first", "second"], name="tally_kind")]

    def __str__(self) -> str:
        return f"{self.relation} {self.first} {self.second}: {self.count}"


#: How long an answer is kept for a request that is sent again (design, “Idempotency-Key”).
KEPT_FOR = timedelta(hours=24)


class IdempotentAnswerQuerySet(models.QuerySet["IdempotentAnswer"]):
    def older_than(self, moment: datetime) -> Self:
        """Answers from before `moment`."""
        return self.filter(created_at__lt=moment)

    def gone_by(self, now: datetime, *, abandoned_after: timedelta) -> IdempotentAnswerQuerySet:
        """Those that count no longer: too old, or without an answer for too long."""
        return self.filter(
            models.Q(created_at__lte=now - KEPT_FOR)
            | models.Q(status__isnull=True, created_at__lte=now - abandoned_after)
        )


class IdempotentAnswer(models.Model):
    """What a request with an `Idempotency-Key` was answered; see `config.api.idempotency`.

    `fingerprint` is of the request. Without a status it is still at work.
    """

    caller = models.CharField(max_length=100)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.TextField(default="")
    created_at = models.DateTimeField(db_index=True)

    objects = IdempotentAnswerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["caller", "key"], name="idempotent_answer_key")
        ]

    def __str__(self) -> str:
        return f"{self.caller} {self.key}"


class Counter(models.Model):
    """A count that only grows; see `config.metrics.counters`. Several rows of one kind add up."""

    name = models.CharField(max_length=50)
    outcome = models.CharField(max_length=20)
    value = models.PositiveBigIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["name", "outcome"], name="counter_kind")]

    def __str__(self) -> str:
        return f"{self.name} {self.outcome}: {self.value}"


class AuditEvent(models.TextChoices):
    LOGIN = "login", _("logged in")
    LOGIN_FAILED = "login_failed", _("failed to log in")
    LOCKED_OUT = "locked_out", _("locked out")
    LOGOUT = "logout", _("logged out")
    SECOND_FACTOR_SET_UP = "second_factor_set_up", _("second factor set up")
    SECOND_FACTOR_REMOVED = "second_factor_removed", _("second factor removed")
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
