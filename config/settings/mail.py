"""Where mails go, and whom they are from."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from config.settings.environment import EMBEDDED, VAR_DIR, env, required_in_production, url

#: The value of EMAIL_URL for whoever means it: every mail is a file, nobody gets any.
FILES = "files:"


def server_at(address: str) -> dict[str, Any]:
    """Django's settings for a mail server; `ImproperlyConfigured`, which does not quote it."""
    parts = urlsplit(address)
    # What else the library knows takes mails and sends none.
    if parts.scheme not in ("smtp", "smtps", "smtp+tls", "smtp+ssl") or not parts.hostname:
        raise ImproperlyConfigured(
            f"EMAIL_URL must be smtp://host, smtp+tls://host or smtp+ssl://host, or {FILES} for "
            "mails that are files and reach nobody"
        )
    found: dict[str, Any] = env.email_url_config(address)
    return found


# smtp://, smtp+tls:// or smtp+ssl://; files in var/mail/ on the embedded default.
EMAIL_URL = url("EMAIL_URL") or (FILES if EMBEDDED else required_in_production("EMAIL_URL"))
EMAIL_BACKEND = "config.mail.EmlFileBackend"
EMAIL_FILE_PATH: Path = VAR_DIR / "mail"
if EMAIL_URL != FILES:
    vars().update(server_at(EMAIL_URL))
# Seconds without an answer after which a mail server counts as away.
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=20)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="") or (
    "Certkeep <certkeep@localhost>" if EMBEDDED else required_in_production("DEFAULT_FROM_EMAIL")
)
# What Django itself would mail.
SERVER_EMAIL = DEFAULT_FROM_EMAIL
