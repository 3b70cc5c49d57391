"""Errors to Sentry, without a word of what anybody sent or is called."""

from __future__ import annotations

import sentry_sdk
from django.conf import settings
from sentry_sdk.integrations.atexit import AtexitIntegration
from sentry_sdk.integrations.celery import CeleryIntegration
from sentry_sdk.integrations.dedupe import DedupeIntegration
from sentry_sdk.integrations.django import DjangoIntegration
from sentry_sdk.integrations.excepthook import ExcepthookIntegration
from sentry_sdk.integrations.logging import LoggingIntegration, ignore_logger
from sentry_sdk.integrations.modules import ModulesIntegration
from sentry_sdk.integrations.threading import ThreadingIntegration

from config.telemetry.scrubbing import scrubbed

#: Loggers that repeat what the integrations for Django and Celery report.
REPEATING = ("django_structlog.*", "django.request", "celery.*")


def start() -> None:
    """Report what no code caught, and what was logged as an error, from now on."""
    for name in REPEATING:
        ignore_logger(name)
    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        environment=settings.SENTRY_ENVIRONMENT,
        release=settings.SENTRY_RELEASE or None,
        traces_sample_rate=settings.SENTRY_TRACES_SAMPLE_RATE or None,
        # Those of other libraries would tell addresses and arguments that nobody has looked at.
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[
            AtexitIntegration(callback=_say_nothing),
            CeleryIntegration(),
            DedupeIntegration(),
            DjangoIntegration(transaction_style="url", middleware_spans=False),
            ExcepthookIntegration(),
            LoggingIntegration(level=None, sentry_logs_level=None),
            ModulesIntegration(),
            ThreadingIntegration(),
        ],
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        auto_session_tracking=False,
        # The last word, on whatever is sent.
        before_send=scrubbed,
        before_send_transaction=scrubbed,
    )


def _say_nothing(pending: int, timeout: float) -> None:
    """A process that ends waits for its last events, and prints nothing about it."""
