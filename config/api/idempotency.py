"""`Idempotency-Key`: a POST that is sent again gets the answer of the first, and does nothing.

The key is written in the transaction of the change itself, before it: whoever sends the same key
meanwhile waits for that transaction, and after a crash there is neither a change nor a key. Only
what succeeded is kept: what failed has changed nothing and may be sent again.

An operation that leaves the database before it has answered (`leaves_database`) has its key written
ahead. After a crash in its middle the key is free again `ABANDONED_AFTER` its beginning.

The header is that of draft-ietf-httpapi-idempotency-key-header.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import orjson
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.callers import caller_of
from config.api.json import OrjsonRenderer
from config.errors import ConflictError, DomainError, Fault, InvalidError
from config.models import KEPT_FOR, IdempotentAnswer

Handler = Callable[..., Response]
HEADER = "HTTP_IDEMPOTENCY_KEY"
REPLAYED = "Idempotent-Replayed"
#: How long a request waits for another one with its key.
WAIT_SECONDS = 5
ABANDONED_AFTER = timedelta(minutes=1)
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


class KeyReused(DomainError):
    status = 422
    code = "idempotency-key-reused"
    title = "The idempotency key belongs to another request"


class KeyInUse(ConflictError):
    """A request with this key has not been answered yet."""

    code = "idempotency-key-in-use"
    title = "A request with this idempotency key is being answered"
    headers = {"Retry-After": "1"}


class _Held(Exception):
    """Another request has written the key."""


def once(handler: Handler, *, leaves_database: bool) -> Handler:
    """The handler, called once for each key and caller.

    `InvalidError` for what is no key, `KeyReused` for the key of another request, `KeyInUse` while
    the first is at work.
    """

    def answered(request: Request, *args: Any, **kwargs: Any) -> Response:
        claim = IdempotentAnswer(
            caller=caller_of(request),
            key=_key_of(request),
            fingerprint=_fingerprint(request),
            created_at=timezone.now(),
        )
        perform = _after_claiming if leaves_database else _together
        try:
            return perform(claim, lambda: handler(request, *args, **kwargs))
        except _Held:
            return _stored(claim)

    return answered


def _key_of(request: Request) -> str:
    key = str(request.META[HEADER])
    if not _KEY.fullmatch(key):
        raise InvalidError(
            Fault("Idempotency-Key", "invalid", "Give 1 to 255 visible ASCII characters.")
        )
    return key


def _fingerprint(request: Request) -> str:
    """A hash of method, address and body, the same for the same JSON however it is written."""
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    data = request.data
    if isinstance(data, Mapping) and any(isinstance(v, UploadedFile) for v in data.values()):
        for name in sorted(data):
            digest.update(f"{name}\n".encode())
            _add_value(digest, data[name])
    else:
        digest.update(orjson.dumps(data, option=orjson.OPT_SORT_KEYS, default=str))
    return digest.hexdigest()


def _add_value(digest: Any, value: Any) -> None:
    if isinstance(value, UploadedFile):
        for chunk in value.chunks():
            digest.update(chunk)
        value.seek(0)
    else:
        digest.update(str(value).encode())


def _together(claim: IdempotentAnswer, work: Callable[[], Response]) -> Response:
    """Key, change and answer in one transaction, or none of them."""
    with transaction.atomic():
        _write(claim)
        response = work()
        _keep(claim, response)
    return response


def _after_claiming(claim: IdempotentAnswer, work: Callable[[], Response]) -> Response:
    """The key first, for others to see; then the work, and what came of it."""
    with transaction.atomic():
        _write(claim)
    try:
        response = work()
    except BaseException:  # whatever ended it: it has not succeeded
        claim.delete()
        raise
    _keep(claim, response)
    return response


def _write(claim: IdempotentAnswer) -> None:
    """Write the key, in a transaction. `_Held` if it is there; waits for one just being written."""
    stale = IdempotentAnswer.objects.filter(caller=claim.caller, key=claim.key)
    stale.gone_by(claim.created_at, abandoned_after=ABANDONED_AFTER).delete()
    try:
        with transaction.atomic(), _waiting_at_most(WAIT_SECONDS):
            claim.save(force_insert=True)
    except IntegrityError as error:
        raise _Held from error
    except OperationalError as error:
        raise KeyInUse("The first request with this key is still being answered.") from error


@contextmanager
def _waiting_at_most(seconds: int) -> Iterator[None]:
    """PostgreSQL gives up a lock after so many seconds within; SQLite has its busy timeout."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{seconds}s"])
        yield
        # After a failure the end of the savepoint takes the setting back.
        cursor.execute("SET LOCAL lock_timeout TO DEFAULT")


def _keep(claim: IdempotentAnswer, response: Response) -> None:
    claim.status = response.status_code
    claim.body = OrjsonRenderer().render(response.data).decode()
    claim.save(force_update=True, update_fields=["status", "body"])


def _stored(claim: IdempotentAnswer) -> Response:
    """The answer that stands under the key."""
    first = IdempotentAnswer.objects.filter(caller=claim.caller, key=claim.key).first()
    if first is None:
        # It failed between our try and this look.
        raise KeyInUse("The first request with this key was just given up.")
    if first.fingerprint != claim.fingerprint:
        raise KeyReused(
            f"The key was used within the last {KEPT_FOR // timedelta(hours=1)} hours for a "
            "request with another address or body."
        )
    if first.status is None:
        raise KeyInUse("The first request with this key is still being answered.")
    body = orjson.Fragment(first.body)
    return Response(body, status=first.status, headers={REPLAYED: "true"})
