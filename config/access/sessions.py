"""How long people stay logged in to the admin, and how their sessions are ended.

A session says itself when it ends, and Django takes none that has: `SESSION_IDLE_MINUTES` after
its last request, and `SESSION_HOURS` after the login at the latest. The moment is moved once a
minute, not with each request, so that reading writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

_STARTED = "_certkeep_started"
_MOVED_EVERY = timedelta(minutes=1)


class SessionLimitMiddleware:
    """Moves the end of a session on with what its owner does."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Whoever brings no session asks the database for none.
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            prolong(request.session, now=timezone.now())
        return self.get_response(request)


@receiver(user_logged_in)
def _logged_in(request: HttpRequest | None, **_: Any) -> None:
    if request is not None:
        begin(request.session, now=timezone.now())


def begin(session: SessionBase, *, now: datetime) -> None:
    """Have the limits of the session count from now on."""
    session[_STARTED] = now.isoformat()
    session.set_expiry(_end(now, now))


def prolong(session: SessionBase, *, now: datetime) -> None:
    """Move the end of a session in which someone is logged in; one that is too old ends."""
    if SESSION_KEY not in session:
        return
    if _STARTED not in session:
        # It began before sessions had limits.
        begin(session, now=now)
        return
    end = _end(datetime.fromisoformat(session[_STARTED]), now)
    if end <= now:
        session.flush()
    elif abs(end - session.get_expiry_date()) >= min(_MOVED_EVERY, _idle() / 10):
        session.set_expiry(end)


def end_sessions(accounts: Collection[User], *, now: datetime) -> int:
    """End every session of these accounts; how many there were.

    A session names its account in what is signed and encoded, so each that counts is looked at:
    there are no more of them than people who logged in within `SESSION_HOURS`.
    """
    keys = {str(account.pk) for account in accounts}
    current = Session.objects.filter(expire_date__gt=now).iterator()
    ended = [one.pk for one in current if one.get_decoded().get(SESSION_KEY) in keys]
    return Session.objects.filter(pk__in=ended).delete()[0]


def _end(started: datetime, now: datetime) -> datetime:
    return min(started + timedelta(hours=settings.SESSION_HOURS), now + _idle())


def _idle() -> timedelta:
    return timedelta(minutes=settings.SESSION_IDLE_MINUTES)
