"""Jobs with any expression, zone and name: made with a next run that is to come, or refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient
from time_machine import TimeMachineFixture

from cron.models import ExpiryCheckJob
from tests.conftest import EXAMPLE_NOW
from tests.properties.test_filters import moment

JOBS = "/api/v1/certification-cron"
NUMBERS = st.integers(-1, 61).map(str) | st.sampled_from(["*", "jan", "MON", "L", "7", "1e1", "٣"])
RANGES = st.builds("{}-{}".format, NUMBERS, NUMBERS)
STEPS = st.builds("{}/{}".format, NUMBERS | RANGES, st.integers(-1, 70))
FIELDS = st.lists(NUMBERS | RANGES | STEPS, min_size=1, max_size=3).map(",".join)
EXPRESSIONS = (
    st.lists(st.just("*") | FIELDS, min_size=5, max_size=5).map(" ".join)
    | st.sampled_from(["@hourly", "@reboot", "0 0 30 2 *", "0 0 29 2 *", "0 2\t* * *"])
    | st.text(max_size=30)
)
ZONES = st.sampled_from(
    ["UTC", "Europe/Oslo", "Pacific/Apia", "Factory", "localtime", "../UTC", "", "\0"]
) | st.text(max_size=10)

pytestmark = pytest.mark.django_db


@settings(max_examples=100)
@given(expression=EXPRESSIONS, zone=st.none() | ZONES)
def check_job(api: APIClient, expression: str, zone: str | None) -> None:
    body: dict[str, Any] = {"name": "nightly", "cron_expression": expression}
    with transaction.atomic():
        answer = api.post(JOBS, body if zone is None else body | {"timezone": zone})
        if answer.status_code == 201:
            job = api.get(f"{JOBS}/{answer.json()['id']}").json()
            coming = moment(job["next_run_at"])
            # The rarest that there is: a leap day, across a century that has none.
            assert EXAMPLE_NOW < coming < EXAMPLE_NOW + timedelta(days=8 * 366)
        else:
            assert answer.status_code == 400, answer.content
            named = {fault["pointer"] for fault in answer.json()["errors"]}
            assert named <= {"#/cron_expression", "#/timezone"}
            assert not ExpiryCheckJob.objects.exists()
        transaction.set_rollback(True)


def test_any_job_has_a_run_to_come_or_is_refused(
    system_api: APIClient, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to(EXAMPLE_NOW, tick=False)

    check_job(system_api)
