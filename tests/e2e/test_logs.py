"""What the processes log for machines."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.e2e.conftest import NewStack
from tests.e2e.smtp import MailServer


def events(log: str) -> list[dict[str, Any]]:
    """Each line of the log; a line that is no JSON object fails the test."""
    lines: list[dict[str, Any]] = [json.loads(line) for line in log.splitlines()]
    assert all(isinstance(line, dict) and line["event"] for line in lines)
    return lines


def celery_events(log: str) -> list[dict[str, Any]]:
    """The same without what Celery says past any logging: its banner and its farewell."""
    lines = log.splitlines()
    notices = [line for line in lines if not line.startswith("{")]
    assert not re.search(r"Traceback|\[(debug|info|warning|error) ", "\n".join(notices))
    return events("\n".join(line for line in lines if line.startswith("{")))


def test_json_logs_follow_a_request_into_the_worker(
    new_stack: NewStack, mail_server: MailServer
) -> None:
    stack = new_stack(mail_server, LOG_FORMAT="json", SWEEP_SECONDS="2")
    stack.shell("from tests.e2e import seed; seed.mentors(2)")
    stack.start_web()
    stack.start_worker()
    stack.start_beat()
    job = stack.create_job()

    answer = stack.api(
        "POST",
        f"/api/v1/certification-cron/{job}/execute",
        {},
        headers={"X-Request-ID": "night-shift-42"},
    )
    stack.ended_run(job, answer.body["run_id"])
    stack.wait_until(lambda: "sweep" in stack.log("beat"), timeout_s=20, what="a sweep")
    # A process tells the most when it starts and when it ends.
    for name in ("web", "worker", "beat"):
        stack.stop(name)

    assert answer.headers["X-Request-ID"] == "night-shift-42"
    web = events(stack.log("web"))
    worker, beat = (celery_events(stack.log(name)) for name in ("worker", "beat"))
    (request,) = [event for event in web if event.get("request_id") == "night-shift-42"]
    assert (request["event"], request["code"]) == ("request_finished", 202)
    done = [event for event in worker if event.get("request_id") == "night-shift-42"]
    assert any(event["event"] == "task_succeeded" for event in done), done
    assert any(event["event"] == "run_closed" for event in done), done
    assert beat
