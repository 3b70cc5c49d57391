"""Databases filled for measuring."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

ROOT = Path(__file__).resolve().parent.parent
SERVER = os.environ.get("DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")

# One certification a mentor. One in a hundred expires within 30 days, the others later.
SEED = """
INSERT INTO certifications_certificationtype
  (code, name, reminder_stages, expiring_soon_days, expired_notice_days)
VALUES ('peer_mentor', 'Peer mentor', '[30, 14, 7, 1, 0]', 30, 90);
INSERT INTO certifications_mentor
  (id, name, email, language, public_badges, created_at, updated_at)
SELECT 'mentor-' || n, 'Mentor ' || n, 'mentor-' || n || '@example.org', 'en', false, now(), now()
FROM generate_series(1, {size}) AS n;
INSERT INTO certifications_certification
  (mentor_id, certification_type_id, status, issued_at, expires_at, created_at, updated_at)
SELECT 'mentor-' || n, 'peer_mentor', 'active', now() - interval '400 days',
  date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
    + CASE WHEN n % 100 = 0 THEN 1 + n / 100 % 30 ELSE 40 + n % 700 END * interval '1 day',
  now(), now()
FROM generate_series(1, {size}) AS n;
INSERT INTO certifications_renewal (certification_id, renewed_at, expires_at, created_at)
SELECT id, issued_at, expires_at, now() FROM certifications_certification;
"""

# A tenant, and then certificates by the SELECT that follows.
INTO_TENANT = """
INSERT INTO certificates_tenant
  (tenant_id, name, language, reminder_stages, expired_notice_days, created_at)
VALUES ('{tenant}', 'Tenant', 'en', '[30, 14, 7, 1, 0]', 90, now());
INSERT INTO certificates_certificate
  (certificate_id, tenant_id, date_release, date_expire, is_date_expire_fixed, name, name_folded,
   action_type, resource_id, warning, validity_unit, validity, is_replaced, created_at, updated_at)
"""


def environment(database_url: str, **extra: str) -> dict[str, str]:
    """The environment of a process of Certkeep in production on that database."""
    return {
        **os.environ,
        "DATABASE_URL": database_url,
        "SECRET_KEY": "only-for-benchmarks-on-this-machine-0123456789-abcdefgh",
        "PUBLIC_API": "open",
        "EMAIL_URL": "files:",
        "DEFAULT_FROM_EMAIL": "bench@example.org",
        "ALLOWED_HOSTS": "127.0.0.1",
        "CELERY_BROKER_URL": "memory://",
        "LOG_LEVEL": "WARNING",
        **extra,
    }


def manage(database_url: str, *arguments: str, **extra: str) -> None:
    """Run `manage.py` on that database."""
    command = [sys.executable, "manage.py", *arguments]
    subprocess.run(  # noqa: S603 (our own command line)
        command, cwd=ROOT, env=environment(database_url, **extra), check=True
    )


def create_token(database_url: str, username: str, *roles: str) -> str:
    """The bearer token of a new account with these roles."""
    command = [sys.executable, "manage.py", "create_token", username]
    command += [f"--role={role}" for role in roles]
    return subprocess.run(  # noqa: S603 (our own command line)
        command, cwd=ROOT, env=environment(database_url), check=True, capture_output=True, text=True
    ).stdout.split()[-1]


@contextmanager
def filled_database(size: int) -> Iterator[str]:
    """The URL of a fresh database with `size` certifications, which is dropped in the end."""
    name = f"certkeep_bench_{size}"
    url = urlunsplit(urlsplit(SERVER)._replace(path=f"/{name}"))
    with psycopg.connect(SERVER, autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {name}")
        try:
            manage(url, "migrate", "--verbosity", "0")
            with psycopg.connect(url, autocommit=True) as database:
                database.execute(SEED.format(size=size))
                database.execute("VACUUM ANALYZE")
            yield url
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")
