"""`/livez` says that the process is up, `/readyz` whether what it needs is there.

The kept health-check libraries don't fit: none checks migrations, and the current one answers 500.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import kombu.exceptions
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache

from config.api.problems import reads_only
from config.celery import app

#: Seconds for which an answer of `/readyz` holds.
READY_SECONDS = 1.0
_asking = threading.Lock()
#: When it was last looked, and what was found.
_found: tuple[float, bool, dict[str, str]] | None = None


class NotReady(Exception):
    """A part is not ready; the message says why."""


def _database() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        raise NotReady("no answer") from error


def _migrations() -> None:
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        raise NotReady("unknown without the database") from error
    if missing:
        raise NotReady(f"{len(missing)} not applied; run manage.py migrate")


def _broker() -> None:
    try:
        with app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, timeout=3)
            # Some transports are connected only once a queue is asked for.
            app.amqp.queues[app.conf.task_default_queue].bind(broker.default_channel).declare()
    except (OSError, kombu.exceptions.KombuError) as error:
        raise NotReady("no answer") from error


PARTS: dict[str, Callable[[], None]] = {
    "database": _database,
    "migrations": _migrations,
    "broker": _broker,
}


#: What is said beside the parts, and does not decide: a web process can't do without its parts, but
#: serves on when this is out of order.
_advice: dict[str, Callable[[], str]] = {}


def register_advice(name: str, find: Callable[[], str]) -> None:
    """Have `/readyz` say what `find` returns to anybody: "ok", or what is out of order."""
    _advice[name] = find


def _advise(find: Callable[[], str]) -> str:
    try:
        return find()
    except DatabaseError:
        return "unknown without the database"


@never_cache
@reads_only
def livez(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


@never_cache
@reads_only
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when every part is ready, 503 otherwise; the body names each part and what it lacks.

    What else was registered is in the body as well. Whoever asks within `READY_SECONDS` is told
    the same: to find out costs a connection to the broker.
    """
    global _found
    with _asking:
        if _found is None or time.monotonic() - _found[0] > READY_SECONDS:
            _found = (time.monotonic(), *_look())
        _, ready, parts = _found
    return JsonResponse(
        {"status": "ok" if ready else "not ready", "parts": parts}, status=200 if ready else 503
    )


def _look() -> tuple[bool, dict[str, str]]:
    """Whether every part is ready, and what there is to say of each and beside."""
    parts: dict[str, str] = {}
    for name, check in PARTS.items():
        try:
            check()
            parts[name] = "ok"
        except NotReady as reason:
            parts[name] = str(reason)
    ready = all(state == "ok" for state in parts.values())
    return ready, parts | {name: _advise(find) for name, find in _advice.items()}
