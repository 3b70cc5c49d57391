"""Milliseconds and queries of the desk's pages: `python -m benchmarks.desk [SIZE]`.

Each page is asked for in this process, through all of Django, without a network.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

import psycopg

from benchmarks.database import ROOT, environment, filled_database

SIZE = 1_000_000
TIMES = 15
#: Spread over organisations and over time, as in life.
SPREAD = """
INSERT INTO certifications_organisation (id, name)
SELECT 'org-' || n, 'Organisation ' || n FROM generate_series(1, 200) AS n;
UPDATE certifications_mentor SET
  organisation_id = 'org-' || (split_part(id, '-', 2)::int % 200 + 1),
  email = CASE WHEN split_part(id, '-', 2)::int % 50 = 0 THEN '' ELSE email END;
UPDATE certifications_certification SET
  issued_at = now() - interval '1500 days',
  status = CASE WHEN id % 5 = 0 THEN 'expired' ELSE 'active' END,
  expires_at = date_trunc('day', now()) + interval '8 hours'
    + CASE WHEN id % 5 = 0 THEN -(id / 5 % 600) - 1 ELSE 1 + id % 730 END * interval '1 day';
"""
PAGES = {
    "home": "/admin/",
    "certifications": "/admin/certifications/certification/",
    "… expiring within 30 days": "/admin/certifications/certification/?window=30",
    "… expired": "/admin/certifications/certification/?window=expired",
    "… of one mentor, searched": "/admin/certifications/certification/?q=mentor-777",
    "… page 150": "/admin/certifications/certification/?p=150",
    "mentors": "/admin/certifications/mentor/",
}


def measure() -> None:
    """Print the figures; runs in a process whose settings name the database."""
    import django

    django.setup()
    from django.conf import settings
    from django.contrib.auth.models import Group, User
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from certifications.models import Coordinator

    settings.ALLOWED_HOSTS.append("testserver")
    settings.STORAGES["staticfiles"] = {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
    }
    boss = User.objects.create_superuser("boss")
    cora = User.objects.create_user("cora")
    cora.groups.add(Group.objects.get(name="coordinator"))
    Coordinator.objects.create(organisation_id="org-7", email="c@example.org", account=cora)
    for account in (boss, cora):
        client = Client()
        client.force_login(account)
        for name, url in PAGES.items():
            client.get(url)
            times = []
            for _ in range(TIMES):
                begin = time.perf_counter()
                answer = client.get(url)
                times.append((time.perf_counter() - begin) * 1000)
                if answer.status_code != 200:
                    raise SystemExit(f"{url}: {answer.status_code}")
            with CaptureQueriesContext(connection) as queries:
                client.get(url)
            print(
                f"{account.username:<5} {name:<28} min {min(times):5.0f} ms  "
                f"median {statistics.median(times):5.0f} ms  {len(queries):>3} queries"
            )


def main(size: int) -> None:
    with filled_database(size) as url:
        with psycopg.connect(url, autocommit=True) as database:
            database.execute(SPREAD)
            database.execute("VACUUM ANALYZE")
        subprocess.run(
            [sys.executable, "-m", "benchmarks.desk", "--inside"],
            cwd=ROOT,
            env=environment(url, DJANGO_SETTINGS_MODULE="config.settings", LOG_LEVEL="ERROR"),
            check=True,
        )


if __name__ == "__main__":
    if "--inside" in sys.argv:
        measure()
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else SIZE)
