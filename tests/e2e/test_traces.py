"""Spans arrive where OTLP is collected: from request to task to statement, without a secret."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.e2e.conftest import NewStack
from tests.webhooks.receiver import Receiver, receiving

TOKEN = "f00dfeedf00dfeedf00dfeed"
TASK = "run/cron.tasks.run_expiry_check"
EXECUTE = "POST api/v1/certification-cron/<id>/execute"


@dataclass(frozen=True)
class Seen:
    """A span as it arrived."""

    service: str
    name: str
    trace_id: bytes
    span_id: bytes
    parent_id: bytes
    attributes: dict[str, Any]


def spans(collector: Receiver) -> list[Seen]:
    return [
        Seen(
            service=_values(group.resource.attributes)["service.name"],
            name=span.name,
            trace_id=span.trace_id,
            span_id=span.span_id,
            parent_id=span.parent_span_id,
            attributes=_values(span.attributes),
        )
        for request in [*collector.requests]
        for group in ExportTraceServiceRequest.FromString(request.body).resource_spans
        for scope in group.scope_spans
        for span in scope.spans
    ]


def _values(attributes: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in attributes}


def named(collector: Receiver, service: str, start: str) -> list[Seen]:
    return [
        span for span in spans(collector) if span.service == service and span.name.startswith(start)
    ]


def traced(collector: Receiver, *, send_every_ms: int = 100) -> dict[str, str]:
    """The settings of a stack whose spans come to the collector."""
    return {
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.port}",
        "OTEL_BSP_SCHEDULE_DELAY": str(send_every_ms),
    }


def test_one_trace_leads_from_a_request_to_its_task_and_their_statements(
    new_stack: NewStack,
) -> None:
    with receiving() as collector:
        stack = new_stack(**traced(collector))
        stack.start_web()
        stack.start_worker()
        job = stack.create_job()

        stack.execute(job)
        for service, start in {"web": EXECUTE, "worker": TASK}.items():
            stack.wait_until(
                lambda: named(collector, f"certkeep-{service}", start),  # noqa: B023 (asked at once)
                timeout_s=60,
                what=f"a span of {service}",
            )

    (request,) = named(collector, "certkeep-web", EXECUTE)
    (task,) = named(collector, "certkeep-worker", TASK)
    trace = {one.span_id: one for one in spans(collector) if one.trace_id == request.trace_id}
    assert trace[trace[task.parent_id].parent_id] == request
    assert request.attributes["http.status_code"] == 202
    assert request.attributes["http.route"] == EXECUTE.partition(" ")[2]
    for parent in (request, task):
        statements = [one for one in trace.values() if one.parent_id == parent.span_id]
        assert any(
            one.attributes.get("db.query.text", "").startswith("SELECT") for one in statements
        )


def test_spans_quote_neither_addresses_nor_errors(new_stack: NewStack) -> None:
    with receiving() as collector:
        stack = new_stack(
            DJANGO_SETTINGS_MODULE="tests.e2e.crashing_settings",
            OTEL_SERVICE_NAME="certkeep-of-the-test",
            **traced(collector),
        )
        stack.start_web()
        headers = {"Authorization": f"Bearer {TOKEN}", "User-Agent": f"agent/{TOKEN}"}
        where = f"/crash/{TOKEN}.ics?search={TOKEN}"

        assert stack.api("GET", where, headers=headers).status == 500
        stack.wait_until(
            lambda: named(collector, "certkeep-of-the-test", "GET crash/"),
            timeout_s=60,
            what="the span",
        )

    assert {request.path for request in collector.requests} == {"/v1/traces"}
    assert TOKEN.encode() not in b"\n".join(collector.bodies)


def test_processes_send_what_they_hold_before_they_end(new_stack: NewStack) -> None:
    with receiving() as collector:
        stack = new_stack(**traced(collector, send_every_ms=600_000))
        stack.start_web()
        stack.start_worker()
        job = stack.create_job()
        stack.ended_run(job, stack.execute(job))

        stack.stop("worker")
        stack.stop("web")

    assert named(collector, "certkeep-web", EXECUTE)
    assert named(collector, "certkeep-worker", TASK)


def test_beat_is_traced_as_itself(new_stack: NewStack) -> None:
    with receiving() as collector:
        stack = new_stack(SWEEP_SECONDS="1", **traced(collector))
        stack.start_beat()
        stack.wait_until(
            lambda: named(collector, "certkeep-beat", "apply_async/cron.tasks.sweep"),
            timeout_s=60,
            what="a span of beat",
        )
