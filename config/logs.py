"""Structured logs: one event a line, with request and task ids, the same from every library."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from typing import Any

import orjson
import structlog
from django.conf import settings
from django.db import DatabaseError


def _to_bytes(event: structlog.typing.EventDict, **_: Any) -> bytes:
    return orjson.dumps(event, default=str)


def _to_json(event: structlog.typing.EventDict, **_: Any) -> str:
    return _to_bytes(event).decode()


def line_logger(name: str) -> Any:
    """A logger for the lines of which there are most, with `log(level, event, **values)`.

    As JSON they are written to stderr by themselves: the way through the standard library takes
    three times as long, and every request would pay for it. They look like all others.
    """
    if settings.LOG_FORMAT != "json":
        return structlog.get_logger(name)
    return structlog.wrap_logger(
        structlog.BytesLogger(sys.stderr.buffer),
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(serializer=_to_bytes),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(settings.LOG_LEVEL),
    ).bind(logger=name)


def _without_request(
    logger: Any, method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Leave out the request that Django adds to its lines: its address may be a secret.

    `request_finished` has the address, the line has the id.
    """
    event.pop("request", None)
    return event


def _told_exception(
    logger: Any, method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Render the exception as plain text, without values of variables: they may be secrets.

    Nor does it show what a database says after the first line of its errors, here or in any other
    value of the event: the statement and the row, with all that stands in it.
    """
    errors = list(_database_errors(_exception_of(event.get("exc_info"))))
    event = structlog.processors.format_exc_info(logger, method, event)
    for error in errors:
        first_line, _, rest = str(error).partition("\n")
        if rest:
            for key, value in event.items():
                if isinstance(value, str | DatabaseError):
                    event[key] = str(value).replace(str(error), first_line)
    return event


def _exception_of(exc_info: object) -> BaseException | None:
    """The exception that is meant by what loggers take as `exc_info`."""
    match exc_info:
        case BaseException():
            return exc_info
        case (_, BaseException() as error, _):
            return error
        case _:
            return sys.exc_info()[1] if exc_info else None


def _database_errors(error: BaseException | None) -> Iterator[DatabaseError]:
    """Those among the exception and what led to it."""
    while error is not None:
        if isinstance(error, DatabaseError):
            yield error
        error = error.__cause__ or error.__context__


def configure_logging(*, format: str, level: str, coloured: bool) -> dict[str, Any]:
    """Set structlog up and return the matching `LOGGING` setting.

    `format` is "json" or "console". Lines of the standard library's loggers (Django, Celery,
    granian) pass the same processors, so that they carry the same ids.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.StackInfoRenderer(),
    ]
    logging.captureWarnings(True)
    # No line says any of this, and each would be looked up for every line.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(serializer=_to_json)
        if format == "json"
        else structlog.dev.ConsoleRenderer(
            colors=coloured, exception_formatter=structlog.dev.plain_traceback
        )
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": [*shared, structlog.stdlib.ExtraAdder(), _without_request],
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    _told_exception,
                    renderer,
                ],
            },
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Django's own console handlers would say everything twice.
            "django": {"handlers": [], "propagate": True},
            "django.server": {"handlers": [], "propagate": True},
            # request_finished says it already, with the ids.
            "django.request": {"level": "CRITICAL"},
            # Scanners ask for any host: their 400 is told by request_finished as well.
            "django.security.DisallowedHost": {"level": "CRITICAL"},
            # task_failed says it already; this would show the arguments as well.
            "celery.app.trace": {"level": "CRITICAL"},
            # Says how requests to S3 are signed.
            "botocore": {"level": "INFO"},
            "celery.worker.strategy": {"level": "WARNING"},
            # Whoever sends says what came of it; each retry needs no line beside.
            "urllib3.connectionpool": {"level": "ERROR"},
        },
    }
