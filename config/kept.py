"""What of the frame's rows grows old: logs, answers under idempotency keys, and sessions."""

from __future__ import annotations

from axes.models import AccessLog
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session

from config import retention
from config.models import AuditEntry, IdempotentAnswer
from config.retention import Expired, Prunable


def register() -> None:
    """Have them pruned. An answer counts for a day, however long its row is kept."""
    retention.register(
        lambda: [
            Prunable(
                name="answers under idempotency keys",
                setting="KEEP_IDEMPOTENCY_KEYS_DAYS",
                model=IdempotentAnswer,
                age="created_at",
                finished=IdempotentAnswer.objects.older_than,
            ),
            Prunable(
                name="audit log",
                setting="KEEP_AUDIT_DAYS",
                model=AuditEntry,
                age="at",
                finished=AuditEntry.objects.older_than,
            ),
            Prunable(
                name="changes in the admin",
                setting="KEEP_AUDIT_DAYS",
                model=LogEntry,
                age="action_time",
                finished=lambda before: LogEntry.objects.all(),
            ),
            Prunable(
                name="logins",
                setting="KEEP_AUDIT_DAYS",
                model=AccessLog,
                age="attempt_time",
                finished=lambda before: AccessLog.objects.all(),
            ),
        ]
    )
    retention.register_expired(
        Expired(name="sessions", model=Session, until="expire_date"),
    )
