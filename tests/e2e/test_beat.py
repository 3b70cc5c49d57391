"""Real beats at real minutes: jobs fire once per slot, and missed slots are made up for once."""

from __future__ import annotations

import signal
import time
from datetime import UTC, datetime, timedelta

from tests.e2e.conftest import NewStack
from tests.e2e.databases import Databases
from tests.e2e.processes import wait_until
from tests.e2e.stack import JOBS, Stack

BEATS = ("beat-1", "beat-2")
EVERY_MINUTE = "* * * * *"


def next_minute() -> datetime:
    now = datetime.now(UTC)
    return now.replace(second=0, microsecond=0) + timedelta(minutes=1)


def wait_until_moment(moment: datetime) -> None:
    wait_until(lambda: datetime.now(UTC) >= moment, timeout_s=90, what=f"{moment}")


def slots(stack: Stack, job: str) -> list[str]:
    """The slots that the job's runs were for, the earliest first."""
    printed = stack.shell(
        "from cron.services.jobs import find_job\n"
        f"for run in find_job('{job}').runs.order_by('id'): print(run.slot.isoformat())"
    )
    return printed.splitlines()


def times_sent(stack: Stack, beat: str, job: str) -> int:
    return stack.log(beat).count(f"Sending due task expiry check {job} ")


def test_running_beats_follow_every_change_and_fire_each_slot_once(new_stack: NewStack) -> None:
    stack = new_stack()
    stack.start_web()
    stack.start_worker()
    sleeping = stack.create_job("sleeping", EVERY_MINUTE, enabled=False)
    woken = stack.create_job("woken", EVERY_MINUTE, enabled=False)
    changed, disabled, deleted = (
        stack.create_job(name, EVERY_MINUTE) for name in ("changed", "disabled", "deleted")
    )
    for beat in BEATS:
        stack.start_beat(beat)
        stack.wait_until_ready(beat)
    # Beats look every five seconds; what comes too close to the full minute proves nothing.
    if next_minute() - datetime.now(UTC) < timedelta(seconds=20):
        wait_until_moment(next_minute() + timedelta(seconds=3))
    runs_before = {job: len(stack.runs(job)) for job in (changed, disabled)}

    created = stack.create_job("created", EVERY_MINUTE)
    stack.api("PUT", f"{JOBS}/{woken}", {"enabled": True})
    stack.api("PUT", f"{JOBS}/{disabled}", {"enabled": False})
    stack.api("PUT", f"{JOBS}/{changed}", {"cron_expression": "0 0 1 1 *"})
    assert stack.api("DELETE", f"{JOBS}/{deleted}").body == {"deleted": True, "id": deleted}
    slot = next_minute()
    sent_before = {beat: times_sent(stack, beat, deleted) for beat in BEATS}

    # Both beats ring for both jobs, and the runs are over.
    stack.wait_until(
        lambda: all(times_sent(stack, beat, job) for beat in BEATS for job in (created, woken)),
        timeout_s=75,
        what="both beats to fire",
    )
    stack.wait_until(
        lambda: (
            [run["status"] for job in (created, woken) for run in stack.runs(job)]
            == ["success", "success"]
        ),
        timeout_s=15,
        what="the runs",
    )
    wait_until_moment(slot + timedelta(seconds=8))

    assert slots(stack, created) == slots(stack, woken) == [slot.isoformat()]
    assert stack.runs(sleeping) == []
    assert {job: len(stack.runs(job)) for job in (changed, disabled)} == runs_before
    assert {beat: times_sent(stack, beat, deleted) for beat in BEATS} == sent_before
    assert stack.get(f"{JOBS}/{deleted}").status == 404


def test_slots_missed_while_beat_and_worker_were_down_get_one_run(new_stack: NewStack) -> None:
    stack = new_stack(SWEEP_SECONDS="1")
    stack.start_web()
    stack.start_worker()
    stack.start_beat()
    job = stack.create_job("every minute", EVERY_MINUTE)
    stack.wait_until_ready("worker")
    stack.wait_until_ready("beat")
    stack.stop("beat")
    stack.stop("worker")
    runs_before = len(stack.runs(job))
    # As if they had been down for ten minutes more: many slots are owed.
    stack.shell(
        "from datetime import timedelta; from cron.services.jobs import find_job\n"
        f"job = find_job('{job}'); job.scheduled_since -= timedelta(minutes=10); job.save()"
    )

    missed = next_minute()
    wait_until_moment(missed + timedelta(seconds=1))
    stack.start_worker("next-worker")
    stack.start_beat("next-beat")
    stack.wait_until(lambda: len(stack.runs(job)) > runs_before, timeout_s=30, what="the run")
    # Time for whatever would fire a second time.
    sweeps = stack.log("next-beat").count("certkeep: sweep")
    stack.wait_until(
        lambda: stack.log("next-beat").count("certkeep: sweep") >= sweeps + 5,
        timeout_s=20,
        what="five sweeps",
    )

    assert time.time() < (missed + timedelta(minutes=1)).timestamp(), "too slow to tell"
    assert slots(stack, job)[runs_before:] == [missed.isoformat()]


def test_a_beat_asked_to_stop_while_it_waits_for_the_database_stops_in_good_order(
    new_stack: NewStack, databases: Databases
) -> None:
    stack = new_stack()
    with databases.locked_schedule(stack.environment):
        stack.start_beat()
        stack.wait_until_ready("beat")
        time.sleep(1)  # until it waits: nothing outside of it shows when
        stack.processes["beat"].signal_group(signal.SIGTERM)
        time.sleep(0.2)

    assert stack.processes["beat"].wait(timeout_s=20) == 0
    assert "Traceback" not in stack.log("beat")
