"""Clocks that jump an hour ahead in the middle of a run, and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.e2e.conftest import NewStack
from tests.e2e.smtp import MailServer
from tests.e2e.stack import SENDERS
from tests.faults.clock import WallClock

HOUR = 3600
MAILS = 120


def seconds_to_the_next_hour() -> float:
    now = datetime.now(UTC)
    hour = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return (hour - now).total_seconds()


def test_an_hour_ahead_and_back_loses_nothing_and_beat_goes_on(
    new_stack: NewStack, mail_server: MailServer, tmp_path: Path
) -> None:
    # Three minutes before a full hour: none is passed but by the jump.
    start = seconds_to_the_next_hour() - 180
    clock = WallClock(tmp_path, seconds_ahead=start)
    mail_server.behaviour.seconds_per_mail = 0.05
    stack = new_stack(mail_server, SWEEP_SECONDS="2", **clock.settings)
    stack.shell(f"from tests.e2e import seed; seed.mentors({MAILS}, days_left=5)")
    stack.start_web()
    stack.start_worker()
    stack.start_beat()
    hourly = stack.create_job("hourly", "0 * * * *")
    job = stack.create_job()

    run_id = stack.execute(job)
    stack.wait_until(lambda: len(mail_server.mails) >= 20, timeout_s=60, what="the first mails")
    clock.set_ahead(start + HOUR)
    stack.ended_run(job, run_id)
    stack.wait_until(lambda: stack.runs(hourly), timeout_s=30, what="the run of the skipped slot")
    (skipped,) = stack.runs(hourly)
    clock.set_ahead(start)
    sweeps = stack.log("beat").count("certkeep: sweep")
    stack.wait_until(
        lambda: stack.log("beat").count("certkeep: sweep") >= sweeps + 3,
        timeout_s=30,
        what="sweeps by the right time",
    )
    back = stack.ended_run(job, stack.execute(job))

    assert len(mail_server.recipients) == len(mail_server.message_ids) == MAILS
    assert len(mail_server.mails) <= MAILS + SENDERS
    assert stack.ended_run(hourly, skipped["run_id"])["status"] == "success"
    assert len(stack.runs(hourly)) == 1
    assert back["status"] == "success"
    assert stack.processes["worker"].exit_code is None
    assert stack.processes["beat"].exit_code is None


def test_a_beat_whose_clock_is_ahead_of_the_workers_makes_no_run_early_or_late(
    new_stack: NewStack, tmp_path: Path
) -> None:
    clock = WallClock(tmp_path)
    # Without the sweep, which would find the slot within a minute.
    stack = new_stack(SWEEP_SECONDS="86400", **clock.settings)
    stack.start_web()
    stack.start_worker()
    stack.wait_until_ready("worker")
    (tmp_path / "beat").mkdir()
    clock_of_beat = WallClock(tmp_path / "beat", seconds_ahead=2)
    stack.environment.update(clock_of_beat.settings)
    stack.start_beat()
    stack.wait_until_ready("beat")
    minute = clock.set_shortly_before_a_minute()
    clock_of_beat.set_ahead(clock.seconds_ahead + 2)

    job = stack.create_job("every minute", "* * * * *")
    stack.wait_until(lambda: stack.runs(job), timeout_s=30, what=f"the run of {minute}")

    (run,) = stack.runs(job)
    started = datetime.fromisoformat(run["started_at"])
    assert timedelta(0) <= started - minute < timedelta(seconds=5)
