"""What of the frame's own rows grows old: the audit log, and answers under idempotency keys."""

from __future__ import annotations

from config import retention
from config.models import AuditEntry, IdempotentAnswer
from config.retention import Prunable


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
        ]
    )
