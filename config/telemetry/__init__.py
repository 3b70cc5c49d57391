"""Errors to Sentry and traces by OpenTelemetry, where the settings say so.

What this package does not import costs nothing: its modules load the libraries, and are themselves
loaded by those alone who found the setting (`config.apps`, `config.wsgi`, `config.celery`).
"""

from __future__ import annotations

from django.conf import settings


def start_sentry() -> None:
    """Report errors of this process from now on, if `SENTRY_DSN` says where to."""
    if settings.SENTRY_DSN:
        from config.telemetry import errors

        errors.start()


def start_tracing(process: str) -> None:
    """Trace what this process does, if `OTEL_EXPORTER_OTLP_ENDPOINT` says where to.

    `process` is what it is: web, worker or beat. Called before it has taken any work, once.
    """
    if settings.OTEL_EXPORTER_OTLP_ENDPOINT:
        from config.telemetry import traces

        traces.start(process)
