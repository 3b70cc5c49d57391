"""Beats killed around the minute: each slot has its run, and no second one."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.e2e.conftest import NewStack
from tests.e2e.test_beat import slots
from tests.faults.clock import WallClock


@pytest.mark.timeout(240)
def test_a_beat_killed_around_the_minute_leaves_each_slot_one_run(
    new_stack: NewStack, tmp_path: Path
) -> None:
    clock = WallClock(tmp_path)
    # Without the sweep: beat itself makes up for what it was killed over.
    stack = new_stack(SWEEP_SECONDS="86400", **clock.settings)
    stack.start_web()
    stack.start_worker()
    stack.start_beat("beat-0")
    stack.wait_until_ready("worker")
    stack.wait_until_ready("beat-0")
    clock.set_shortly_before_a_minute()
    job = stack.create_job("every minute", "* * * * *")

    def wait_for_run(minute: datetime) -> None:
        stack.wait_until(
            lambda: slots(stack, job)[-1:] == [minute.isoformat()], timeout_s=30, what=f"{minute}"
        )
        stack.wait_until(
            lambda: stack.runs(job)[0]["status"] == "success", timeout_s=15, what="its end"
        )

    expected = []
    for number, offset in enumerate((-0.3, 0.05, 0.4)):
        minute = clock.set_shortly_before_a_minute()
        clock.sleep_until(minute + timedelta(seconds=offset))
        stack.kill9(f"beat-{number}")
        stack.start_beat(f"beat-{number + 1}")
        wait_for_run(minute)
        expected.append(minute.isoformat())
    # A later slot shows that nothing was fired twice meanwhile.
    last = clock.set_shortly_before_a_minute()
    wait_for_run(last)

    found = slots(stack, job)
    assert found[-4:] == [*expected, last.isoformat()]
    assert len(found) == len(set(found))
