"""Traces of requests, tasks and statements by OpenTelemetry. All `OTEL_…` variables hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from multiprocessing import util
from typing import Any

from celery import signals
from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.http import HttpRequest, HttpResponse
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.celery import CeleryInstrumentor
from opentelemetry.instrumentation.django import DjangoInstrumentor
from opentelemetry.sdk.resources import SERVICE_NAME, OTELResourceDetector, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExportResult
from opentelemetry.trace import Span, SpanKind, Status

#: Attributes that are sent. Addresses and messages of exceptions, which libraries add, are not:
#: each may quote a token or a name. Names of both generations of the conventions.
ATTRIBUTES = frozenset(
    {
        "celery.action",
        "celery.retries",
        "celery.state",
        "celery.task_name",
        "db.query.text",
        "db.system.name",
        "http.method",
        "http.request.method",
        "http.response.status_code",
        "http.route",
        "http.status_code",
        "messaging.destination",
        "messaging.message.id",
    }
)


def start(process: str) -> None:
    """Trace what happens from now on.

    A process that is forked from this one begins anew, with a queue and a thread of its own: the
    SDK sees to that, so that pools of web server and worker need nothing more.
    """
    # Only a default: OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES come after it.
    named = Resource({SERVICE_NAME: f"certkeep-{process}"}).merge(OTELResourceDetector().detect())
    provider = TracerProvider(resource=Resource.create(named.attributes))
    provider.add_span_processor(BatchSpanProcessor(ScrubbingExporter()))
    trace.set_tracer_provider(provider)
    # Behind what gives each request its id, which the answer to a bad `Host` needs as well.
    DjangoInstrumentor().instrument(
        middleware_position=_request_id_position() + 1, response_hook=_name_route
    )
    CeleryInstrumentor().instrument()  # type: ignore[no-untyped-call]
    connection_created.connect(_trace_statements)
    _send_before_the_end(provider)


def _send_before_the_end(provider: TracerProvider) -> None:
    """Have processes of pools send what they still hold: they end without Python's `atexit`."""
    signals.worker_process_shutdown.connect(lambda **_: provider.force_flush(), weak=False)
    # Those of the web server are multiprocessing's, which forgets at a fork what was to come last.
    util.register_after_fork(
        provider, lambda mine: util.Finalize(None, mine.force_flush, exitpriority=0)
    )


class ScrubbingExporter(OTLPSpanExporter):
    """Sends spans by OTLP over HTTP with the attributes that are known to be harmless."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return super().export([_scrubbed(span) for span in spans])


def _scrubbed(span: ReadableSpan) -> ReadableSpan:
    """The span without events and texts of failures, both of which quote exceptions."""
    attributes = span.attributes or {}
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes={name: value for name, value in attributes.items() if name in ATTRIBUTES},
        links=span.links,
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _request_id_position() -> int:
    return settings.MIDDLEWARE.index("config.api.request_id.RequestIdMiddleware")


def _name_route(span: Span, request: HttpRequest, response: HttpResponse) -> None:
    """Say which route it was: the APIs pass by the hook that the library has for it."""
    if span.is_recording() and request.resolver_match:
        span.set_attribute("http.route", request.resolver_match.route)


def _trace_statements(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Have each statement of this connection traced, on whatever database and prepared or not."""
    if _statement not in connection.execute_wrappers:
        connection.execute_wrappers.append(_statement)


def _statement(
    execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    """Django's execute wrapper: the statement as one span, with its text and without its values."""
    # What the driver composed itself has the values in it.
    text = sql if isinstance(sql, str) else ""
    attributes = {"db.system.name": context["connection"].vendor, "db.query.text": text}
    with trace.get_tracer(__name__).start_as_current_span(
        text.partition(" ")[0] or "SQL", kind=SpanKind.CLIENT, attributes=attributes
    ):
        return execute(sql, params, many, context)
