"""Answers under idempotency keys."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self

from django.db import models

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
