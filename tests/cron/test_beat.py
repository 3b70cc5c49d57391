"""What beat does with our rows, under a moved clock: its real scheduler, rows, and our task."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django_celery_beat.models import PeriodicTask

from config.celery import app
from cron import tasks  # noqa: F401  (beat finds them registered, as in its own process)
from cron.beat import SlotScheduler
from cron.models import ExpiryCheckJob, ExpiryCheckRun, RunStatus, Trigger
from cron.services.jobs import create_job, delete_job, update_job
from cron.services.runs import open_run, sweep
from tests.cron.conftest import Clock

# Beat closes old connections, which would end a test's own transaction.
pytestmark = [
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.usefixtures("_inline_tasks"),
]

CREATED = datetime(2026, 3, 24, 12, tzinfo=UTC)


class Beat:
    """A running beat: it ticks through a stretch of time, as the real one would."""

    def __init__(self, clock: Clock, scheduler: type[SlotScheduler] = SlotScheduler) -> None:
        self.clock = clock
        self.scheduler = scheduler(app=app)
        # Tests say themselves when it writes its rows back.
        self.scheduler._finalize.cancel()

    def run(self, start: datetime, end: datetime, step: timedelta = timedelta(minutes=30)) -> None:
        moment = start
        while moment <= end:
            self.clock.set(moment)
            # A tick that fired an entry says to tick again at once.
            for _ in range(10):
                if self.scheduler.tick() > 0:
                    break
            moment += step

    def stop(self) -> None:
        self.scheduler.sync()


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")


def slots(job: ExpiryCheckJob) -> list[datetime]:
    runs = ExpiryCheckRun.objects.filter(job=job).order_by("slot")
    return [run.slot for run in runs if run.slot is not None]


def a_job(clock: Clock, expression: str = "0 2 * * *", timezone: str = "UTC") -> ExpiryCheckJob:
    clock.set(CREATED)
    return create_job(name="nightly", cron_expression=expression, timezone=timezone, now=CREATED)


def test_a_nightly_job_runs_once_a_night(clock: Clock) -> None:
    job = a_job(clock)

    Beat(clock).run(at("2026-03-24T22:00"), at("2026-03-26T06:00"))

    assert slots(job) == [at("2026-03-25T02:00"), at("2026-03-26T02:00")]


def test_beat_that_was_down_over_the_slot_makes_up_for_it_exactly_once(clock: Clock) -> None:
    job = a_job(clock)
    first = Beat(clock)
    first.run(at("2026-03-24T22:00"), at("2026-03-25T06:00"))
    first.stop()

    # Down from 06:00 until 08:00 two days later: the slots of the 26th and 27th are missed.
    Beat(clock).run(at("2026-03-27T08:00"), at("2026-03-28T06:00"))

    assert slots(job) == [at("2026-03-25T02:00"), at("2026-03-27T02:00"), at("2026-03-28T02:00")]


def test_the_sweep_makes_up_for_a_slot_that_beat_does_not_fire(clock: Clock) -> None:
    job = a_job(clock)

    for minute in range(5):
        sweep(clock.set(at("2026-03-27T08:00") + timedelta(minutes=minute)))

    assert slots(job) == [at("2026-03-27T02:00")]


def test_an_edited_job_runs_at_no_slot_that_it_does_not_owe(clock: Clock) -> None:
    job = a_job(clock)
    beat = Beat(clock)
    beat.run(at("2026-03-24T22:00"), at("2026-03-25T10:00"))

    update_job(job=job, cron_expression="0 9 * * *", now=at("2026-03-25T10:00"))
    beat.run(at("2026-03-25T10:00"), at("2026-03-26T12:00"))

    assert slots(job) == [at("2026-03-25T02:00"), at("2026-03-26T09:00")]


def test_a_job_that_is_enabled_again_owes_nothing_of_the_time_before(clock: Clock) -> None:
    job = a_job(clock)
    beat = Beat(clock)
    beat.run(at("2026-03-24T22:00"), at("2026-03-25T10:00"))

    update_job(job=job, enabled=False, now=at("2026-03-25T10:00"))
    beat.run(at("2026-03-25T10:00"), at("2026-03-27T10:00"))
    sweep(clock.set(at("2026-03-27T10:01")))
    update_job(job=job, enabled=True, now=at("2026-03-27T10:02"))
    beat.run(at("2026-03-27T10:02"), at("2026-03-28T03:00"))

    assert slots(job) == [at("2026-03-25T02:00"), at("2026-03-28T02:00")]


def test_renaming_a_job_keeps_the_slot_that_it_owes(clock: Clock) -> None:
    job = a_job(clock)

    update_job(job=job, name="renamed", now=at("2026-03-26T07:00"))
    sweep(clock.set(at("2026-03-26T08:00")))

    assert slots(job) == [at("2026-03-26T02:00")]


def test_two_beats_make_one_run(clock: Clock) -> None:
    job = a_job(clock)
    one, other = Beat(clock), Beat(clock)

    moment = at("2026-03-24T22:00")
    while moment < at("2026-03-26T06:00"):
        one.run(moment, moment)
        other.run(moment, moment)
        moment += timedelta(minutes=30)

    assert slots(job) == [at("2026-03-25T02:00"), at("2026-03-26T02:00")]


def test_a_clock_that_was_ahead_and_is_set_back_does_not_keep_beat_from_its_work(
    clock: Clock,
) -> None:
    job = a_job(clock, "0 * * * *")
    beat = Beat(clock)
    beat.run(at("2026-03-24T12:10"), at("2026-03-24T12:50"))
    beat.run(at("2026-03-24T13:51"), at("2026-03-24T13:51"))

    clock.set(at("2026-03-24T12:52"))
    unheard = open_run(job=None, trigger=Trigger.API, now=at("2026-03-24T12:52"))
    beat.run(at("2026-03-24T12:52"), at("2026-03-24T12:58"), step=timedelta(seconds=30))
    unheard.refresh_from_db()
    beat.run(at("2026-03-24T13:00"), at("2026-03-24T14:10"), step=timedelta(minutes=10))

    assert unheard.status == RunStatus.SUCCESS
    assert slots(job) == [at("2026-03-24T13:00"), at("2026-03-24T14:00")]


def test_a_beat_started_after_the_clock_was_set_back_does_not_wait_for_the_time_before(
    clock: Clock,
) -> None:
    clock.set(CREATED)
    first = Beat(clock)
    first.run(at("2026-03-24T13:50"), at("2026-03-24T13:52"), step=timedelta(seconds=30))
    first.stop()

    clock.set(at("2026-03-24T12:52"))
    unheard = open_run(job=None, trigger=Trigger.API, now=at("2026-03-24T12:52"))
    second = Beat(clock)
    second.run(at("2026-03-24T12:52"), at("2026-03-24T12:58"), step=timedelta(seconds=30))
    unheard.refresh_from_db()

    assert unheard.status == RunStatus.SUCCESS


def test_a_job_made_while_beat_starts_is_seen(clock: Clock) -> None:
    made: list[ExpiryCheckJob] = []

    class Starting(SlotScheduler):
        def install_default_entries(self, data: object) -> None:
            """Comes after the first reading of the rows."""
            made.append(create_job(name="new", cron_expression="1 12 * * *", now=CREATED))
            super().install_default_entries(data)

    clock.set(CREATED)
    Beat(clock).stop()
    # It would make up for what beat misses.
    PeriodicTask.objects.filter(name="certkeep: sweep").update(enabled=False)
    beat = Beat(clock, Starting)
    beat.run(CREATED + timedelta(seconds=50), CREATED + timedelta(minutes=2), timedelta(seconds=5))

    assert slots(made[0]) == [at("2026-03-24T12:01")]


def test_a_change_by_a_host_whose_clock_is_behind_is_followed_at_once(clock: Clock) -> None:
    job = a_job(clock, "0 3 * * *")
    Beat(clock).stop()
    # It would make up for what beat misses.
    PeriodicTask.objects.filter(name="certkeep: sweep").update(enabled=False)
    beat = Beat(clock)
    beat.run(at("2026-03-25T01:59"), at("2026-03-25T01:59"))
    clock.set(at("2026-03-25T01:59:40"))
    update_job(job=job, name="by one host", now=at("2026-03-25T01:59:40"))
    beat.run(at("2026-03-25T01:59:41"), at("2026-03-25T01:59:41"))

    clock.set(at("2026-03-25T01:59:35"))
    update_job(job=job, cron_expression="0 2 * * *", now=at("2026-03-25T01:59:35"))
    beat.run(at("2026-03-25T01:59:42"), at("2026-03-25T02:00:02"), step=timedelta(seconds=5))

    assert slots(job) == [at("2026-03-25T02:00")]


@pytest.mark.parametrize(
    ("expression", "start", "end", "expected"),
    [
        (
            "30 2 * * *",
            "2026-03-28T00:00",
            "2026-03-30T01:00",
            ["2026-03-28T01:30", "2026-03-29T01:00", "2026-03-30T00:30"],
        ),
        (
            "30 2 * * *",
            "2026-10-24T00:00",
            "2026-10-26T02:00",
            ["2026-10-24T00:30", "2026-10-25T00:30", "2026-10-26T01:30"],
        ),
        (
            "*/30 * * * *",
            "2026-10-25T00:10",
            "2026-10-25T02:10",
            ["2026-10-25T00:30", "2026-10-25T01:00", "2026-10-25T01:30", "2026-10-25T02:00"],
        ),
        (
            "*/30 * * * *",
            "2026-03-29T00:10",
            "2026-03-29T01:40",
            ["2026-03-29T00:30", "2026-03-29T01:00", "2026-03-29T01:30"],
        ),
    ],
    ids=["nightly spring", "nightly autumn", "half-hourly autumn", "half-hourly spring"],
)
def test_both_changes_of_summer_time(
    clock: Clock, expression: str, start: str, end: str, expected: list[str]
) -> None:
    job = a_job(clock, expression, "Europe/Oslo")
    # Only what comes from `start` on counts.
    job.scheduled_since = at(start)
    job.save()

    step = timedelta(minutes=10 if expression.startswith("*") else 30)
    Beat(clock).run(at(start), at(end), step)

    assert slots(job) == [at(text) for text in expected]


def test_beat_does_not_fire_without_end_in_the_hour_that_comes_twice(clock: Clock) -> None:
    a_job(clock, "* * * * *", "Europe/Oslo")
    beat = Beat(clock)
    entry = next(
        entry for entry in beat.scheduler.schedule.values() if entry.name.startswith("expiry check")
    )
    moment = clock.set(at("2026-10-25T01:10") + timedelta(seconds=20))

    state = next(entry).is_due()

    assert not state.is_due
    assert state.next == (moment.replace(second=0) + timedelta(minutes=1) - moment).total_seconds()


@pytest.mark.parametrize("change", ["disable", "delete"])
def test_a_job_that_is_gone_fires_no_more(clock: Clock, change: str) -> None:
    job = a_job(clock)
    beat = Beat(clock)
    beat.run(at("2026-03-24T22:00"), at("2026-03-25T03:00"))

    clock.set(at("2026-03-25T03:00"))
    if change == "disable":
        update_job(job=job, enabled=False, now=at("2026-03-25T03:00"))
    else:
        delete_job(job=job)
    beat.run(at("2026-03-25T03:00"), at("2026-03-26T06:00"))

    assert ExpiryCheckRun.objects.count() == 1
