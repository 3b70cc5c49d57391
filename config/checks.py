"""System checks: what makes the process refuse to start, and says why."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import structlog
from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register, run_checks
from django.core.exceptions import ImproperlyConfigured

from config.api.roles import EVERYBODY, ROLES
from config.mail import is_sender

logger = structlog.get_logger(__name__)

#: Characters of a secret key, and different ones among them.
MIN_SECRET_LENGTH, MIN_SECRET_VARIETY = 50, 5
PUBLIC_API_CHOICES = ("open", "read-only", "closed")
#: Settings that say for how many days something is kept.
KEPT_DAYS = (
    "KEEP_RUNS_DAYS",
    "KEEP_WEBHOOK_EVENTS_DAYS",
    "KEEP_HISTORY_DAYS",
    "KEEP_AUDIT_DAYS",
    "KEEP_IDEMPOTENCY_KEYS_DAYS",
)
#: Settings of how long sessions last, for which 0 would lock everybody out.
SESSION_LIMITS = ("SESSION_IDLE_MINUTES", "SESSION_HOURS")
MOST_SESSION_HOURS = 365 * 24
#: PostgreSQL's own limit is 24 days.
MAX_STATEMENT_SECONDS = 24 * 3600
#: Settings without which no webhook could be sent.
AT_LEAST_ONE = (
    "WEBHOOK_CONCURRENCY",
    "WEBHOOK_ENDPOINT_CONCURRENCY",
    "WEBHOOK_TENANT_CONCURRENCY",
    "WEBHOOK_ENDPOINTS_PER_TENANT",
)
#: Settings that say whom mails are from.
SENDERS = ("DEFAULT_FROM_EMAIL", "SERVER_EMAIL")
METRICS_CHOICES = ("off", "open", "token")


def check_before_serving() -> None:
    """Refuse to serve where a system check finds an error, and log what checks warn of.

    `ImproperlyConfigured` says what is wrong: the same that `manage.py check` says.
    """
    messages = run_checks()
    if errors := [str(each.msg) for each in messages if each.is_serious()]:
        raise ImproperlyConfigured(" ".join(errors))
    for each in messages:
        logger.warning("system_check", id=each.id, what=str(each.msg), hint=each.hint)


@register()
def settings_are_sound(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Settings whose value no code could make sense of."""
    errors: list[CheckMessage] = []
    if settings.PUBLIC_API not in PUBLIC_API_CHOICES:
        choices = ", ".join(PUBLIC_API_CHOICES)
        errors.append(
            Error(
                f"PUBLIC_API is {settings.PUBLIC_API!r}; choose one of {choices}.", id="config.E001"
            )
        )
    if settings.LOG_FORMAT not in ("json", "console"):
        errors.append(
            Error(
                f"LOG_FORMAT is {settings.LOG_FORMAT!r}; choose json or console.", id="config.E002"
            )
        )
    if settings.METRICS not in METRICS_CHOICES:
        choices = ", ".join(METRICS_CHOICES)
        errors.append(
            Error(f"METRICS is {settings.METRICS!r}; choose one of {choices}.", id="config.E009")
        )
    if settings.OIDC_JWKS_URL and not (settings.OIDC_ISSUER and settings.OIDC_AUDIENCE):
        errors.append(
            Error("OIDC_JWKS_URL needs OIDC_ISSUER and OIDC_AUDIENCE beside it.", id="config.E003")
        )
    if settings.OIDC_JWKS_URL and not _is_trusted(settings.OIDC_JWKS_URL):
        errors.append(
            Error(
                "OIDC_JWKS_URL must be an https URL: whoever can change the answer on its way "
                "signs tokens of any role. Embedded, http to the own machine does as well.",
                id="config.E012",
            )
        )
    if settings.PUBLIC_URL and not _is_origin(settings.PUBLIC_URL):
        errors.append(
            Error(
                f"PUBLIC_URL is {settings.PUBLIC_URL!r}; give scheme and host alone, as in "
                "https://certkeep.example.org.",
                id="config.E006",
            )
        )
    if bad := [name for name in settings.WEBHOOK_ALLOWED_NETWORKS if not _is_network(name)]:
        errors.append(
            Error(
                f"WEBHOOK_ALLOWED_NETWORKS has {bad[0]!r}, which is no network.", id="config.E007"
            )
        )
    errors.extend(
        Error(f"{name} must be 0 (for ever) or days.", id="config.E008")
        for name in KEPT_DAYS
        if getattr(settings, name) < 0
    )
    if settings.MAILS_PER_RECIPIENT_PER_DAY < 0:
        errors.append(
            Error(
                "MAILS_PER_RECIPIENT_PER_DAY must be 0 (for no limit) or mails.", id="config.E014"
            )
        )
    errors.extend(
        Error(
            f"{name} is {getattr(settings, name)!r}, which is no sender: give one address with its "
            'domain, as in "Nordlys, frivillige" <certkeep@example.org>.',
            id="config.E022",
        )
        for name in SENDERS
        if not is_sender(getattr(settings, name))
    )
    if not 0 <= settings.DATABASE_STATEMENT_TIMEOUT_SECONDS <= MAX_STATEMENT_SECONDS:
        errors.append(
            Error(
                "DATABASE_STATEMENT_TIMEOUT_SECONDS must be 0 (for no limit) or seconds, a day at "
                "most.",
                id="config.E013",
            )
        )
    errors.extend(
        Error(f"{name} must be at least 1.", id="config.E020")
        for name in AT_LEAST_ONE
        if getattr(settings, name) < 1
    )
    if not 0 <= settings.SENTRY_TRACES_SAMPLE_RATE <= 1:
        errors.append(Error("SENTRY_TRACES_SAMPLE_RATE must be from 0 to 1.", id="config.E011"))
    if not settings.EMBEDDED and any(_is_wild(host) for host in settings.ALLOWED_HOSTS):
        errors.append(Error("ALLOWED_HOSTS must name the hosts in production.", id="config.E004"))
    if not settings.EMBEDDED and not _is_secret(settings.SECRET_KEY):
        errors.append(
            Error(
                f"SECRET_KEY must be random and of at least {MIN_SECRET_LENGTH} characters in "
                "production.",
                id="config.E010",
            )
        )
    if not settings.EMBEDDED and settings.DEBUG:
        errors.append(Error("DEBUG must be off in production.", id="config.E005"))
    return errors


@register()
def logins_are_possible(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Settings of who may log in by what, and for how long."""
    errors: list[CheckMessage] = []
    if not all(getattr(settings, name) > 0 for name in SESSION_LIMITS) or (
        max(settings.SESSION_HOURS, settings.SESSION_IDLE_MINUTES / 60) > MOST_SESSION_HOURS
    ):
        errors.append(
            Error(
                f"{' and '.join(SESSION_LIMITS)} must be more than 0, and a year at most.",
                id="config.E021",
            )
        )
    if unknown := set(settings.REQUIRE_SECOND_FACTOR) - {EVERYBODY, *ROLES}:
        choices = ", ".join((EVERYBODY, *ROLES))
        errors.append(
            Error(
                f"REQUIRE_SECOND_FACTOR has {min(unknown)!r}; choose among {choices}.",
                id="config.E020",
            )
        )
    return errors


def _is_secret(key: str) -> bool:
    """Whether the key is none that a template, an example or a test would have.

    The bounds are those of Django's own check security.W009, which warns only.
    """
    return (
        len(key) >= MIN_SECRET_LENGTH
        and len(set(key)) >= MIN_SECRET_VARIETY
        and not key.startswith("django-insecure-")
    )


def _is_wild(host: str) -> bool:
    """Whether that name of a host lets in others than a domain's own: `*`, `.`, `.com`."""
    return "*" in host or not host.strip(".") or (host.startswith(".") and host.count(".") < 2)


def _is_origin(url: str) -> bool:
    """Whether the URL has an http scheme and a host, and nothing after them."""
    parts = urlsplit(url)
    return (
        parts.scheme in ("http", "https")
        and bool(parts.netloc)
        and not (parts.path or parts.query or parts.fragment or "@" in parts.netloc)
    )


def _is_trusted(url: str) -> bool:
    """Whether nobody between us and the URL's host can change what it answers."""
    parts = urlsplit(url)
    if parts.scheme == "http" and settings.EMBEDDED:
        return parts.hostname in ("localhost", "127.0.0.1", "::1")
    return parts.scheme == "https" and bool(parts.hostname)


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True
