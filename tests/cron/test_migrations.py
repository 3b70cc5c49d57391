"""Reminders that an earlier version wrote for several hours of a day become one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from cron.models import DeliveryState
from tests.cron.conftest import NOW
from tests.factories import CertificationFactory, ExpiryCheckRunFactory

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

BEFORE, AFTER = ("cron", "0005_reminders_by_hand_and_past"), ("cron", "0007_reminders_once_per_day")


@pytest.fixture(autouse=True)
def _migrated_again() -> Iterator[None]:
    yield
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def test_of_several_hours_of_a_day_the_one_that_went_out_is_kept() -> None:
    certification, run = CertificationFactory.create(), ExpiryCheckRunFactory.create()
    executor = MigrationExecutor(connection)
    executor.migrate([BEFORE])
    reminders = executor.loader.project_state([BEFORE]).apps.get_model("cron", "Reminder").objects
    for hour, (stage, state) in enumerate(
        [(14, DeliveryState.SENT), (14, DeliveryState.FAILED), (7, DeliveryState.FAILED)]
    ):
        reminders.create(
            certification_id=certification.pk,
            expires_at=certification.expires_at + timedelta(hours=hour),
            stage=stage,
            state=state,
            run_id=run.pk,
            next_attempt_at=NOW,
        )

    MigrationExecutor(connection).migrate([AFTER])

    left = reminders.order_by("-stage").values_list("stage", "state")
    assert list(left) == [(14, DeliveryState.SENT), (7, DeliveryState.FAILED)]
