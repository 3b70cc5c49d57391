"""What the frame keeps: uploads, counts of rows and of outcomes, answers, and the audit log."""

from __future__ import annotations

from config.models.answers import KEPT_FOR, IdempotentAnswer
from config.models.audit import AuditEntry, AuditEvent
from config.models.counters import Counter
from config.models.tallies import Tally
from config.models.uploads import Upload

__all__ = [
    "KEPT_FOR",
    "AuditEntry",
    "AuditEvent",
    "Counter",
    "IdempotentAnswer",
    "Tally",
    "Upload",
]
