"""What stands in the audit log, as its tests compare it."""

from __future__ import annotations

from config.models import AuditEntry, AuditEvent

#: From where the requests of these tests come.
ADDRESS = "203.0.113.9"


def entries(*events: AuditEvent) -> list[tuple[str, str, str | None, str]]:
    """Event, account, address and subject of each entry, the oldest first."""
    rows = AuditEntry.objects.order_by("id")
    if events:
        rows = rows.filter(event__in=events)
    return list(rows.values_list("event", "account", "address", "subject"))
