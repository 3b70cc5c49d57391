"""Processes that are asked to stop."""

from __future__ import annotations

import os
import signal
import socket
import time
from pathlib import Path

import pytest

from config.server import GRACE_SECONDS
from tests.e2e.conftest import NewStack
from tests.e2e.smtp import MailServer


@pytest.mark.services
@pytest.mark.parametrize("backend", ["services"], indirect=True)
def test_a_worker_ends_soon_when_it_is_stopped_while_it_hands_out_a_task(
    new_stack: NewStack,
) -> None:
    stack = new_stack()
    stack.start_worker()
    stack.wait_until_ready("worker")
    worker = stack.processes["worker"]
    children = _children(worker.pid)
    assert len(children) == 2
    # A child that sleeps does not say that it has the task: the worker counts it as not taken.
    for child in children:
        os.kill(child, signal.SIGSTOP)
    stack.shell("from cron.tasks import sweep; sweep.delay(); sweep.delay()")
    stack.wait_until(lambda: stack.queued() == 0, timeout_s=20, what="the worker to take them")

    worker.signal(signal.SIGTERM)
    stack.wait_until(lambda: "Warm shutdown" in worker.output(), timeout_s=20)
    time.sleep(1)  # until it has given up what it counts as not taken: it says nothing of that
    for child in children:
        os.kill(child, signal.SIGCONT)

    assert worker.wait(10) == 0
    assert "Traceback" not in worker.output()


def _children(pid: int) -> list[int]:
    """The processes that the process has started, by /proc."""
    tasks = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in tasks]


def test_the_web_server_finishes_a_request_that_is_in_progress(new_stack: NewStack) -> None:
    stack = new_stack()
    stack.start_web()
    body = b'{"name": "nightly", "cron_expression": "0 2 * * *"}'
    head = (
        "POST /api/v1/certification-cron HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )

    with socket.create_connection(("127.0.0.1", stack.port), timeout=20) as client:
        client.sendall(head.encode() + body[:10])
        time.sleep(0.5)  # until it is in the hands of a thread
        stack.processes["web"].signal(signal.SIGTERM)
        time.sleep(0.5)
        client.sendall(body[10:])
        answer = client.recv(1024)

    assert answer.startswith(b"HTTP/1.1 201 "), answer
    stack.processes["web"].wait(GRACE_SECONDS)


def test_a_worker_ends_what_it_sends_and_another_goes_on(
    new_stack: NewStack, mail_server: MailServer
) -> None:
    mail_server.behaviour.seconds_per_mail = 0.1
    stack = new_stack(mail_server, REMINDER_BATCH_SIZE="5")
    stack.shell("from tests.e2e import seed; seed.mentors(60)")
    stack.start_web()
    stack.start_worker()
    job = stack.create_job()
    run = stack.execute(job)
    stack.wait_until(lambda: len(mail_server.recipients) >= 3, timeout_s=30, what="first mails")

    worker = stack.processes["worker"]
    worker.signal(signal.SIGTERM)

    assert worker.wait(30) == 0
    assert "Traceback" not in worker.output()
    stack.start_worker("second")
    stack.shell("from cron.tasks import sweep; sweep.delay()")
    ended = stack.ended_run(job, run, timeout_s=90)
    assert ended["result"]["reminders_sent"] == 60
    assert set(mail_server.recipients.values()) == {1}


def test_beat_ends_at_once(new_stack: NewStack) -> None:
    stack = new_stack()
    stack.start_beat()
    stack.wait_until_ready("beat")
    beat = stack.processes["beat"]

    beat.signal(signal.SIGTERM)

    assert beat.wait(5) == 0
    assert "Traceback" not in beat.output()
