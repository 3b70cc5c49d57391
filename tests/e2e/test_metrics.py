"""`/metrics` of a real web server with several processes, and what a real worker pings."""

from __future__ import annotations

import re

from tests.e2e.conftest import NewStack
from tests.webhooks.receiver import receiving

COUNT = re.compile(
    r'^certkeep_http_request_duration_seconds_count\{[^}]*"api/v1/certifications"[^}]*\} (\S+)',
    re.MULTILINE,
)


def test_requests_of_all_web_processes_are_counted_together(new_stack: NewStack) -> None:
    stack = new_stack(METRICS="open", WEB_WORKERS="2")
    stack.start_web()

    for _ in range(40):
        assert stack.get("/api/v1/certifications").status == 200

    for _ in range(10):  # whichever process answers
        counted = [float(number) for number in COUNT.findall(stack.get("/metrics").text)]
        assert sum(counted) == 40


def test_metrics_are_off_in_production_unless_asked_for(new_stack: NewStack) -> None:
    stack = new_stack()
    stack.start_web()

    assert stack.get("/metrics").status == (200 if stack.backend == "embedded" else 404)


def test_a_worker_pings_when_a_run_begins_and_ends(new_stack: NewStack) -> None:
    with receiving() as monitor:
        stack = new_stack(WEBHOOK_ALLOW_HTTP="true", WEBHOOK_ALLOWED_NETWORKS="127.0.0.0/8")
        stack.start_web()
        stack.start_worker()
        job = stack.create_job()
        stack.shell(
            "from cron.models import ExpiryCheckJob;"
            f"ExpiryCheckJob.objects.update(ping_url={monitor.url!r})"
        )

        run = stack.execute(job)

        assert stack.ended_run(job, run)["status"] == "success"
        stack.wait_until(
            lambda: "/hook" in [request.path for request in monitor.requests],
            timeout_s=30,
            what="the ping of the end",
        )
    # A run may be over before its beginning is told of: then that is left out, never late.
    paths = [request.path for request in monitor.requests]
    assert paths in (["/hook"], ["/hook/start", "/hook"])
