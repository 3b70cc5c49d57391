"""Reporting and tracing cost nothing where they are not set up."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.config.test_startup import run

#: What web, worker and beat load and do as they start. Redis' client loads a part of OpenTelemetry
#: for itself wherever that is installed; what traces is not in it.
START = """
import sys
import config.wsgi
from config.celery import app
from celery import signals
app.loader.import_default_modules()
signals.worker_init.send(None)
signals.beat_init.send(None)
libraries = {"sentry_sdk", "opentelemetry.exporter", "opentelemetry.instrumentation"}
print(*sys.modules.keys() & libraries)
"""


def loaded(folder: Path, **settings: str) -> set[str]:
    outcome = run(folder, [sys.executable, "-c", START], settings)
    assert outcome.returncode == 0, outcome.stderr
    return set(outcome.stdout.split())


def test_nothing_is_loaded_that_is_not_set_up(tmp_path: Path) -> None:
    assert not loaded(tmp_path)


@pytest.mark.parametrize(
    ("setting", "value", "libraries"),
    [
        ("SENTRY_DSN", "http://key@127.0.0.1:1/1", {"sentry_sdk"}),
        (
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "http://127.0.0.1:1",
            {"opentelemetry.exporter", "opentelemetry.instrumentation"},
        ),
    ],
)
def test_what_is_set_up_is_loaded_alone(
    tmp_path: Path, setting: str, value: str, libraries: set[str]
) -> None:
    assert loaded(tmp_path, **{setting: value}) == libraries
