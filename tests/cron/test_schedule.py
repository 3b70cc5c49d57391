from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim
from django_celery_beat.tzcrontab import TzAwareCrontab
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cron.beat import schedule_of
from cron.schedule import CronSchedule, InvalidCronExpression
from tests.cron.expressions import random_expressions

OSLO = ZoneInfo("Europe/Oslo")
UTC_ZONE = ZoneInfo("UTC")
#: Summer time begins and ends in Norway at these moments.
SPRING = datetime(2026, 3, 29, 1, tzinfo=UTC)
AUTUMN = datetime(2026, 10, 25, 1, tzinfo=UTC)


def celery_next(schedule: CronSchedule, moment: datetime) -> datetime:
    """What Celery's own crontab says comes after `moment`."""
    local = moment.astimezone(schedule.timezone)
    entry = TzAwareCrontab(**schedule.celery_fields, tz=schedule.timezone)
    entry.nowfun = lambda: local
    after: datetime = moment + entry.remaining_estimate(local)
    return after.astimezone(UTC)


def cronsim_next(expression: str, timezone: ZoneInfo, moment: datetime) -> datetime:
    slots = CronSim(expression, moment.astimezone(timezone))
    return next(slot for slot in slots if slot > moment).astimezone(UTC)


@pytest.mark.parametrize("expression", random_expressions(300, seed=1))
def test_celery_and_cronsim_agree_on_the_next_run(expression: str) -> None:
    schedule = CronSchedule.parse(expression, UTC_ZONE)
    dice = random.Random(expression)

    for _ in range(10):
        moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=dice.randint(0, 10**8))
        expected = cronsim_next(expression, UTC_ZONE, moment)

        assert schedule.next_after(moment) == expected
        assert celery_next(schedule, moment) == expected


@pytest.mark.parametrize("change", [SPRING, AUTUMN], ids=["spring", "autumn"])
@pytest.mark.parametrize("expression", random_expressions(150, seed=2))
def test_they_agree_across_summer_time_but_in_the_hour_it_skips_or_repeats(
    expression: str, change: datetime
) -> None:
    schedule = CronSchedule.parse(expression, OSLO)
    dice = random.Random(expression)

    for _ in range(10):
        moment = change + timedelta(seconds=dice.randint(-86_400, 86_400))
        ours = schedule.next_after(moment)

        assert ours == cronsim_next(expression, OSLO, moment)
        by_celery = celery_next(schedule, moment)
        hour_of_change = change - timedelta(hours=1), change + timedelta(hours=1)
        if not any(hour_of_change[0] <= slot <= hour_of_change[1] for slot in (ours, by_celery)):
            assert ours == by_celery


@pytest.mark.parametrize(
    ("expression", "after", "expected"),
    [
        # 02:30 does not exist: it comes right after the gap, at 03:00 summer time.
        ("30 2 * * *", "2026-03-28T12:00+00:00", "2026-03-29T01:00+00:00"),
        ("30 2 * * *", "2026-03-29T01:00+00:00", "2026-03-30T00:30+00:00"),
        # 02:30 comes twice: the first one counts.
        ("30 2 * * *", "2026-10-24T12:00+00:00", "2026-10-25T00:30+00:00"),
        ("30 2 * * *", "2026-10-25T00:30+00:00", "2026-10-26T01:30+00:00"),
        # With a star it goes by real time.
        ("*/30 * * * *", "2026-10-25T00:30+00:00", "2026-10-25T01:00+00:00"),
        ("*/30 * * * *", "2026-03-29T00:30+00:00", "2026-03-29T01:00+00:00"),
    ],
)
def test_the_hour_that_summer_time_skips_or_repeats(
    expression: str, after: str, expected: str
) -> None:
    schedule = CronSchedule.parse(expression, OSLO)

    assert schedule.next_after(datetime.fromisoformat(after)) == datetime.fromisoformat(expected)


@pytest.mark.parametrize("timezone", [UTC_ZONE, OSLO], ids=str)
@pytest.mark.parametrize("expression", [*random_expressions(60, seed=3), "30 2 * * *", "* * * * *"])
def test_the_row_that_beat_reads_has_the_same_slots(expression: str, timezone: ZoneInfo) -> None:
    from django_celery_beat.models import CrontabSchedule

    schedule = CronSchedule.parse(expression, timezone)

    row = CrontabSchedule(timezone=timezone, **schedule.celery_fields)

    for moment in (datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 10, 24, 12, tzinfo=UTC)):
        for _ in range(20):
            slot = schedule.next_after(moment)
            assert schedule_of(row).next_after(moment) == slot
            moment = slot


@given(
    expression=st.sampled_from([*random_expressions(40, seed=4), "30 2 * * *", "*/15 2 * * *"]),
    timezone=st.sampled_from([UTC_ZONE, OSLO]),
    base=st.sampled_from([SPRING, AUTUMN, datetime(2026, 6, 1, tzinfo=UTC)]),
    start=st.integers(-3 * 86_400, 0),
    length=st.integers(0, 6 * 86_400),
)
@example("35,52,57 2 * * *", OSLO, AUTUMN, -181, 180)
@example("35,52,57 2 * * *", OSLO, AUTUMN, -3600, 5400)
@example("30 2 * * *", OSLO, SPRING, -3600, 3600)
@settings(max_examples=300, deadline=None)
def test_the_latest_slot_is_the_last_that_walking_forward_finds(
    expression: str, timezone: ZoneInfo, base: datetime, start: int, length: int
) -> None:
    schedule = CronSchedule.parse(expression, timezone)
    after = base + timedelta(seconds=start)
    until = after + timedelta(seconds=length)

    latest = schedule.latest_slot(after=after, until=until)

    expected, slot = None, schedule.next_after(after)
    while slot <= until:
        expected, slot = slot, schedule.next_after(slot)
    assert latest == expected


@pytest.mark.parametrize(
    ("alias", "spelled_out"),
    [
        ("@hourly", "0 * * * *"),
        ("@daily", "0 0 * * *"),
        ("@weekly", "0 0 * * 0"),
        ("@monthly", "0 0 1 * *"),
        ("@yearly", "0 0 1 1 *"),
    ],
)
def test_an_alias_is_what_it_stands_for(alias: str, spelled_out: str) -> None:
    moment = datetime(2026, 3, 26, 10, 0, 30, tzinfo=UTC)

    by_alias = CronSchedule.parse(alias, UTC_ZONE)

    assert by_alias.expression == alias
    assert by_alias.next_after(moment) == CronSchedule.parse(spelled_out, UTC_ZONE).next_after(
        moment
    )


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("", "five fields"),
        ("0 2 * *", "five fields"),
        ("0 0 2 * * *", "five fields"),
        ("@reboot", "five fields"),
        ("60 2 * * *", "no minute"),
        ("0 24 * * *", "no hour"),
        ("0 2 0 * *", "no day of month"),
        ("0 2 32 * *", "no day of month"),
        ("0 2 * 13 *", "no month"),
        ("0 2 * FOO *", "no month"),
        ("0 2 * * 8", "no day of week"),
        ("0 2 L * *", "no day of month"),
        ("0 2 * * 5L", "no day of week"),
        ("0 2 * * MON#1", "no day of week"),
        ("5/10 2 * * *", "no minute"),
        ("*/0 2 * * *", "no minute"),
        ("10-5 2 * * *", "no minute"),
        ("-1 2 * * *", "no minute"),
        ("1,,2 2 * * *", "no minute"),
        ("٣ 2 * * *", "no minute"),
        ("0 2 1 * 1", "not both"),
        ("0 2 1-7 * MON", "not both"),
        ("0 0 30 2 *", "never comes"),
        ("0 0 31 4,6,9,11 *", "never comes"),
    ],
)
def test_what_can_not_be_scheduled_is_refused_with_the_reason(expression: str, reason: str) -> None:
    with pytest.raises(InvalidCronExpression, match=reason):
        CronSchedule.parse(expression, UTC_ZONE)


@given(expression=st.text(alphabet="0123456789*/,-@ adehilmnorstuwyLW#?", max_size=25))
@settings(max_examples=500, deadline=None)
def test_no_text_gets_past_as_an_unforeseen_error(expression: str) -> None:
    try:
        schedule = CronSchedule.parse(expression, UTC_ZONE)
    except InvalidCronExpression:
        return

    assert schedule.next_after(datetime(2026, 3, 26, tzinfo=UTC)).tzinfo is UTC
