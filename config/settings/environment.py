"""Paths and mode: what decides about many other settings."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from config.embedded import keep_private

BASE_DIR = Path(__file__).resolve().parents[2]
env = environ.Env()
env.read_env(BASE_DIR / ".env")

# Everything that the embedded default keeps: database, queue, mails, static files.
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var"))).resolve()
DEBUG = env.bool("DEBUG", default=False)


def url(name: str, default: str = "") -> str:
    """The address in the environment variable `name`, which may have a password in it.

    `ImproperlyConfigured` where it can't be read; neither that nor its cause quotes the address.
    """
    value: str = env.str(name, default=default)
    try:
        _ = urlsplit(value).port
    except ValueError:
        raise ImproperlyConfigured(
            f"{name} can't be read; write what is special in a password as %23 for # and so on"
        ) from None
    return value


# A database server makes it production; SQLite is the embedded default.
DATABASE_URL = url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'certkeep.sqlite3'}")
EMBEDDED = DATABASE_URL.startswith("sqlite:")
if EMBEDDED:
    # Sessions, keys and mails of everybody lie there.
    keep_private(VAR_DIR)


def required_in_production(name: str) -> str:
    """The environment variable `name`, which nothing but the embedded default can do without."""
    value: str = env.str(name, default="")
    if not value:
        raise ImproperlyConfigured(f"{name} must be set when DATABASE_URL names a server")
    return value
