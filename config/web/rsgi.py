"""The application as the web server calls it: a request gets a thread when it is there as a whole.

1. The event loop reads the body, however slowly it comes: within `BODY_SECONDS`, and no more of it
   than its route takes. Nothing but memory is held up by a client that dribbles.
2. A thread has Django answer it, another one of `WEB_THREADS` where those at work don't get round
   to it. Each keeps its connection to the database.
3. The answer goes back to the server, which sends it as fast as the client takes it.

A file that is uploaded goes to a temporary file, once a thread has seen that the caller may upload
there. Only what is made while it is sent, such as an export, keeps its thread meanwhile.
"""

from __future__ import annotations

import asyncio
import io
import os
import queue
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import IO, Any

import structlog
from django.core.handlers.wsgi import WSGIRequest
from django.db import DatabaseError, close_old_connections
from django.http import FileResponse

from config import wsgi
from config.web.body_limits import (
    REFUSAL,
    Refusal,
    UploadRoute,
    limit_of,
    too_large,
    upload_route_of,
)
from config.web.environ import environ_of

logger = structlog.get_logger(__name__)

#: Seconds in which a body has to be there, and bytes a second that a larger one may take.
BODY_SECONDS = 10
SLOWEST_BYTES_A_SECOND = 64 * 1024
#: A body up to this size is read at once, and counts for nothing.
SMALL_BODY = 16 * 1024
#: Bytes of all bodies that a process keeps in memory at a time.
MOST_BUFFERED = 256 * 1024 * 1024
#: Files that a process takes at a time; further ones wait.
MOST_UPLOADS = 4
#: An answer up to this size is handed over as a whole; its thread waits for no client.
WHOLE_ANSWER = 2 * 1024 * 1024
#: Seconds in which requests wait and none is taken up after which another thread is woken.
PATIENCE_SECONDS = 0.003
#: Seconds in which a client has to take the next part of an answer that is made as it is sent.
STALL_SECONDS = 30

#: A callable, its arguments, and what the loop awaits.
Job = tuple[Callable[..., Any], tuple[Any, ...], asyncio.Future[Any]]


class _Answer:
    """What a WSGI application is given to say how its answer begins."""

    __slots__ = ("headers", "status")

    def __call__(
        self, status: str, headers: list[tuple[str, str]], exc_info: object = None
    ) -> None:
        self.status = int(status[:3])
        self.headers = headers


class Application:
    """Reads bodies on the event loop and runs a WSGI application in threads (granian's RSGI)."""

    def __init__(self, application: Callable[..., Iterable[bytes]], threads: int) -> None:
        self.application = application
        self.threads = threads
        self._jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self._settled: deque[tuple[Callable[[Any], None], Any]] = deque()
        self._is_settling = False
        #: An entry wakes a thread that helps.
        self._calls: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._is_watching = False
        #: About how many jobs were taken up, for threads count without a lock: now, and last time.
        self._taken = self._taken_before = 0
        self._buffered = 0

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._uploads = asyncio.Semaphore(MOST_UPLOADS)
        for number in range(self.threads):
            work = self._help if number else self._work
            threading.Thread(target=work, name=f"web-{number}", daemon=True).start()

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        environ = environ_of(scope)
        is_chunked = "HTTP_TRANSFER_ENCODING" in environ
        if not is_chunked and environ.get("CONTENT_LENGTH", "0") == "0":
            environ["wsgi.input"] = io.BytesIO()
            await self._in_thread(self._answer, environ, protocol)
        elif route := upload_route_of(environ["REQUEST_METHOD"], environ["PATH_INFO"]):
            await self._with_file(environ, protocol, route)
        else:
            await self._with_body(environ, protocol)

    async def _with_body(self, environ: dict[str, Any], protocol: Any) -> None:
        declared = environ.get("CONTENT_LENGTH", "")
        if declared.isdecimal() and int(declared[:19]) <= SMALL_BODY:
            environ["wsgi.input"] = io.BytesIO(await self._read_small(environ, protocol))
            await self._in_thread(self._answer, environ, protocol)
            return
        body = io.BytesIO()
        await self._read(environ, protocol, body, BODY_SECONDS)
        kept = len(body.getbuffer())
        try:
            await self._in_thread(self._answer, environ, protocol)
        finally:
            self._buffered -= kept

    async def _with_file(self, environ: dict[str, Any], protocol: Any, route: UploadRoute) -> None:
        environ["wsgi.input"] = io.BytesIO()
        try:
            may_upload = await self._in_thread(_may_upload, route, dict(environ))
        except DatabaseError:
            logger.exception("database_unavailable")
            detail = "The database does not answer in time."
            environ[REFUSAL] = Refusal(503, detail, retry_after=5)
            may_upload = False
        if not may_upload:
            # Whoever may not is told so by the view, which reads no body for that.
            environ["CONTENT_LENGTH"] = "0"
            await self._in_thread(self._answer, environ, protocol)
            return
        seconds = BODY_SECONDS + route.most_bytes() // SLOWEST_BYTES_A_SECOND
        async with self._uploads:
            with tempfile.TemporaryFile() as body:
                await self._read(environ, protocol, body, seconds)
                await self._in_thread(self._answer, environ, protocol)

    async def _read_small(self, environ: dict[str, Any], protocol: Any) -> bytes:
        """The whole body, which is too small to count; empty where it did not come in time."""
        reading = protocol()
        too_late = self._loop.call_later(BODY_SECONDS, reading.cancel)
        try:
            body: bytes = await reading
        except asyncio.CancelledError:
            environ[REFUSAL] = _late(BODY_SECONDS)
            body = b""
        finally:
            too_late.cancel()
        environ["CONTENT_LENGTH"] = str(len(body))
        return body

    async def _read(
        self, environ: dict[str, Any], protocol: Any, body: IO[bytes], seconds: float
    ) -> None:
        """Write the body to `body`, for the application to read; or say what was refused."""
        reading = self._loop.create_task(self._copy(environ, protocol, body))
        # Not `asyncio.timeout`, which needs the task that it runs in to be asyncio's own.
        done, _ = await asyncio.wait({reading}, timeout=seconds)
        if done:
            refusal = reading.result()
        else:
            reading.cancel()
            refusal = _late(seconds)
        if refusal is not None:
            environ[REFUSAL] = refusal
        environ["CONTENT_LENGTH"] = "0" if refusal else str(body.tell())
        body.seek(0)
        environ["wsgi.input"] = body

    async def _copy(
        self, environ: dict[str, Any], protocol: Any, body: IO[bytes]
    ) -> Refusal | None:
        """Write the body to `body` as it comes; returns what stands against that, if anything."""
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        limit = limit_of(method, path)
        declared = environ.get("CONTENT_LENGTH", "")
        if declared.isdecimal() and int(declared[:19]) > limit:
            return too_large(method, path)
        try:
            async for piece in protocol:
                if body.tell() + len(piece) > limit:
                    return too_large(method, path)
                if isinstance(body, io.BytesIO):
                    if self._buffered + len(piece) > MOST_BUFFERED:
                        return Refusal(503, "Too many bodies are on their way.", retry_after=5)
                    self._buffered += len(piece)
                body.write(piece)
        except OSError:
            logger.exception("upload_not_kept")
            return Refusal(503, "The file can't be kept for now.", retry_after=60)
        return None

    async def _in_thread(self, work: Callable[..., Any], *arguments: Any) -> Any:
        """What `work(*arguments)` returns, or raises, in one of the threads."""
        done = self._loop.create_future()
        self._jobs.put((work, arguments, done))
        if not self._is_watching:
            self._is_watching = True
            self._loop.call_later(PATIENCE_SECONDS, self._watch)
        return await done

    def _do(self, job: Job) -> None:
        """Do it, in the thread that has taken it up, and have the loop told of it."""
        work, arguments, done = job
        self._taken += 1
        try:
            outcome, settle = work(*arguments), done.set_result
        except BaseException as error:  # handed to whoever awaits it
            outcome, settle = error, done.set_exception
        self._settled.append((settle, outcome))
        if not self._is_settling:
            # To wake the loop costs more than what it does then: once for all that is done by then.
            self._is_settling = True
            self._loop.call_soon_threadsafe(self._settle)

    def _settle(self) -> None:
        """Tell those who await what is done by now."""
        self._is_settling = False
        while self._settled:
            settle, outcome = self._settled.popleft()
            settle(outcome)

    def _watch(self) -> None:
        """Wake another thread where requests wait and those at work take none up."""
        self._is_watching = not self._jobs.empty()
        if not self._is_watching:
            return
        # While all are busy, calls that nobody hears would pile up.
        if self._taken == self._taken_before and self._calls.qsize() < self.threads:
            self._calls.put(None)
        self._taken_before = self._taken
        self._loop.call_later(PATIENCE_SECONDS, self._watch)

    def _work(self) -> None:
        """Do what there is to do, one after the other."""
        while True:
            self._do(self._jobs.get())

    def _help(self) -> None:
        """Do what the others can't get round to, for they wait for the database, say.

        Threads that run Python at the same time get no more done than one, and spend their time
        handing the interpreter's lock to each other.
        """
        while True:
            self._calls.get()
            with suppress(queue.Empty):
                while True:
                    self._do(self._jobs.get_nowait())

    def _answer(self, environ: dict[str, Any], protocol: Any) -> None:
        begin = _Answer()
        response: Any = self.application(environ, begin)
        try:
            self._deliver(response, begin, protocol)
        finally:
            response.close()

    def _deliver(self, response: Any, begin: _Answer, protocol: Any) -> None:
        size = next((value for name, value in begin.headers if name == "Content-Length"), "")
        is_small = size.isdecimal() and int(size) <= WHOLE_ANSWER
        # What wraps Django's answer, such as Sentry, does not say whether it streams.
        if is_small or not getattr(response, "streaming", True):
            protocol.response_bytes(begin.status, begin.headers, b"".join(response))
        elif (file := _file_of(response, size)) is not None:
            protocol.response_file(begin.status, begin.headers, file)
        else:
            self._stream(response, begin, protocol)

    def _stream(self, response: Iterable[bytes], begin: _Answer, protocol: Any) -> None:
        transport = protocol.response_stream(begin.status, begin.headers)

        async def send(piece: bytes) -> None:
            await transport.send_bytes(piece)

        for piece in response:
            sending = asyncio.run_coroutine_threadsafe(send(piece), self._loop)
            try:
                sending.result(STALL_SECONDS)
            except (RuntimeError, TimeoutError) as error:
                # The client is gone, or takes nothing: what is left of the work ends with it.
                sending.cancel()
                logger.info("answer_not_taken", reason=type(error).__name__)
                return


def _late(seconds: float) -> Refusal:
    return Refusal(408, f"The body was not there within {seconds} seconds.")


def _may_upload(route: UploadRoute, environ: dict[str, Any]) -> bool:
    # As at the beginning of each request: the thread's connection may have ended since its last.
    close_old_connections()
    return route.may_upload(WSGIRequest(environ))


def _file_of(response: Any, size: str) -> str | None:
    """The path of the file that the answer is, if it is a whole file of this machine."""
    file = getattr(response, "file_to_stream", None)
    path = getattr(file, "name", None)
    if not (isinstance(response, FileResponse) and isinstance(path, str) and size.isdecimal()):
        return None
    try:
        return path if os.path.isabs(path) and os.path.getsize(path) == int(size) else None
    except OSError:
        return None


application = Application(wsgi.application, threads=max(int(os.environ.get("WEB_THREADS", "4")), 1))
