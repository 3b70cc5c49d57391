"""Writing the audit log: a row, and a line of the structured log with the same words."""

from __future__ import annotations

from datetime import datetime

import structlog
from django.http import HttpRequest
from simple_history.models import HistoricalRecords

from config.models import AuditEntry, AuditEvent
from config.web.client_address import client_address

logger = structlog.get_logger("audit")

#: Characters of a token's digest by which entries name it; the token itself nobody can know.
TOKEN_NAME_LENGTH = 12
#: What this process has noted of the use of tokens, each once a day.
_noted: set[str] = set()
_MOST_NOTED = 100_000


def record(
    event: AuditEvent,
    *,
    now: datetime,
    account: str = "",
    address: str | None = None,
    subject: str = "",
    once: str | None = None,
) -> None:
    """Keep that `account` did this at `now`, from `address`, to `subject`.

    With `once` nothing is written when an entry with the same `once` is there already.
    """
    entry = AuditEntry(
        at=now,
        event=event,
        account=account[:150],
        address=address,
        subject=subject[:300],
        once=once,
    )
    AuditEntry.objects.bulk_create([entry], ignore_conflicts=once is not None)
    logger.info("audit", what=event.value, account=account, address=address, subject=subject)


def record_by(
    request: HttpRequest | None, event: AuditEvent, *, now: datetime, subject: str = ""
) -> None:
    """Keep what the account of the request did; without a request, a command or task did it."""
    user = getattr(request, "user", None)
    account = user.get_username() if user is not None and user.is_authenticated else ""
    address = client_address(request) if request is not None else None
    record(event, now=now, account=account, address=address, subject=subject)


def current_request() -> HttpRequest | None:
    """The request that this thread works on, where history knows it as well."""
    request: HttpRequest | None = getattr(HistoricalRecords.context, "request", None)
    return request


def note_use(*, account: str, token: str, address: str | None, now: datetime) -> None:
    """Keep that a token was used: the first time a day from an address.

    Whatever this process has noted today costs a look into a set.
    """
    once = f"{token} {address} {now:%Y-%m-%d}"
    if once in _noted:
        return
    record(
        AuditEvent.TOKEN_USED,
        now=now,
        account=account,
        address=address,
        subject=token,
        once=once,
    )
    if len(_noted) >= _MOST_NOTED:
        _noted.clear()
    _noted.add(once)
