"""What is kept for how long: history, and the ways to have things pruned."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
import time_machine
from axes.models import AccessLog
from django.apps import apps
from django.core.management import call_command
from pytest_django import DjangoAssertNumQueries, Settings

from certifications.models import Certification
from config import retention
from config.celery import app
from config.models import AuditEntry, IdempotentAnswer
from config.retention import prunables
from config.tasks import prune
from tests.factories import CertificationFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 26, 10, 0, tzinfo=UTC)
LINES = Certification.history.model.objects


def history_of_days(*ages: int) -> None:
    """A certification with a line of history of each age in days."""
    certification = CertificationFactory.create()
    for _ in ages[1:]:
        certification.save()
    for line, days in zip(LINES.order_by("pk"), ages, strict=True):
        LINES.filter(pk=line.pk).update(history_date=NOW - timedelta(days=days))


def run(*arguments: str) -> str:
    out = StringIO()
    with time_machine.travel(NOW, tick=False):
        call_command("prune", *arguments, stdout=out)
    return out.getvalue()


def test_history_goes_after_its_days(settings: Settings) -> None:
    settings.KEEP_HISTORY_DAYS = 30
    history_of_days(40, 31, 29, 1)

    printed = run()

    assert LINES.count() == 2
    assert "history of certifications.certification: 2 (older than 30 days)" in printed


def test_a_dry_run_counts_and_deletes_nothing(settings: Settings) -> None:
    settings.KEEP_HISTORY_DAYS = 30
    history_of_days(40, 31, 29)

    printed = run("--dry-run")

    assert LINES.count() == 3
    assert "history of certifications.certification: 2 (older than 30 days)" in printed


def test_zero_days_keep_for_ever(settings: Settings) -> None:
    settings.KEEP_HISTORY_DAYS = 0
    history_of_days(40_000)

    printed = run()

    assert LINES.count() == 1
    assert "history of certifications.certification: 0 (kept for ever)" in printed


def test_more_than_a_batch_goes_batch_by_batch(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.KEEP_HISTORY_DAYS = 30
    monkeypatch.setattr(retention, "BATCH", 2)
    history_of_days(50, 45, 44, 43, 42, 1, 1, 1)

    run()

    assert LINES.count() == 3


def test_what_is_young_is_not_read(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    settings.KEEP_HISTORY_DAYS = 30
    monkeypatch.setattr(retention, "BATCH", 2)
    history_of_days(*[1] * 9)

    with django_assert_max_num_queries(len(prunables()) + len(retention.expired())):
        retention.prune(now=NOW)


def test_the_task_that_beat_fires_daily_prunes(settings: Settings) -> None:
    settings.KEEP_HISTORY_DAYS = 30
    history_of_days(31)

    with time_machine.travel(NOW, tick=False):
        prune.apply(throw=True)

    assert not LINES.exists()
    entry = app.conf.beat_schedule["certkeep: retention"]
    assert entry["task"] == prune.name
    assert entry["schedule"] == timedelta(days=1)


def test_the_history_of_every_model_is_pruned() -> None:
    kept = {model for model in apps.get_models() if hasattr(model, "history_object")}

    assert kept == {one.model for one in prunables() if one.setting == "KEEP_HISTORY_DAYS"}


def test_every_name_is_there_once() -> None:
    names = [one.name for one in prunables()]

    assert len(names) == len(set(names))


def test_the_audit_log_and_answers_under_keys_go_after_their_days(settings: Settings) -> None:
    settings.KEEP_AUDIT_DAYS, settings.KEEP_IDEMPOTENCY_KEYS_DAYS = 30, 1
    for days in (40, 31, 29):
        AuditEntry.objects.create(at=NOW - timedelta(days=days), event="login", account=str(days))
        login = AccessLog.objects.create(username=str(days))
        AccessLog.objects.filter(pk=login.pk).update(attempt_time=NOW - timedelta(days=days))
    for hours in (49, 25, 23):
        made = NOW - timedelta(hours=hours)
        IdempotentAnswer.objects.create(caller="a", key=str(hours), created_at=made)

    run()

    assert set(AuditEntry.objects.values_list("account", flat=True)) == {"29"}
    assert set(AccessLog.objects.values_list("username", flat=True)) == {"29"}
    assert set(IdempotentAnswer.objects.values_list("key", flat=True)) == {"23"}
