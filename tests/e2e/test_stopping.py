"""Processes that are asked to stop."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from tests.e2e.conftest import NewStack


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
