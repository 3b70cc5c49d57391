"""Requests per second of searching certificates: `python -m benchmarks.certificates [SIZE]`."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

import psycopg

from benchmarks.database import ROOT, environment, filled_database, manage
from benchmarks.reads import CONNECTIONS, GUNICORN, measure, served

TENANT = uuid.UUID(int=1)
# One tenant with all of it: names, kinds and dates in a mix, one in three expired, and of these
# one in three replaced by a newer certificate.
SEED = """
INSERT INTO certificates_tenant
  (tenant_id, name, language, reminder_stages, expired_notice_days, created_at)
VALUES ('{tenant}', 'Tenant', 'en', '[30, 14, 7, 1, 0]', 90, now());
INSERT INTO certificates_certificate
  (certificate_id, tenant_id, date_release, date_expire, is_date_expire_fixed, name, name_folded,
   action_type, resource_id, warning, validity_unit, validity, is_replaced, created_at, updated_at)
SELECT gen_random_uuid(), '{tenant}', current_date - 900 + n % 600, current_date - 300 + n % 900,
  true, 'Course ' || n % 50, 'course ' || n % 50,
  (ARRAY['TRAINING', 'MAINTENANCE', 'HEALTH', 'CHECK', 'PER'])[1 + n % 5],
  md5((n % ({size} * 9 / 10))::text)::uuid, 0, 'YEAR', 1 + n % 3, false, now(), now()
FROM generate_series(1, {size}) AS n;
"""
SEARCHES: dict[str, dict[str, object]] = {
    "filter, sort": {
        "filter": {"action_type": "TRAINING", "date_expire": {"from": "2026-01-01"}},
        "sort": "date_expire",
        "per-page": 20,
    },
    "name, sort": {"filter": {"name": "course 7"}, "sort": "name", "per-page": 20},
    "sort alone": {"sort": "-date_release", "per-page": 20},
    "one resource": {
        "filter": {"resource_id": "c4ca4238-a0b9-2382-0dcc-509a6f75849b"},
        "sort": "name",
    },
}
SCRIPT = """
wrk.method = "POST"
wrk.body = {body}
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer {token}"
"""


def fill(database_url: str, size: int) -> str:
    """Write the certificates; returns the token of an account of their tenant."""
    with psycopg.connect(database_url, autocommit=True) as database:
        database.execute(SEED.format(size=size, tenant=TENANT))
    mark = "from certificates.models import Certificate; Certificate.objects.mark_replaced()"
    manage(database_url, "shell", "--verbosity", "0", "-c", mark)
    command = [sys.executable, "manage.py", "create_token", "bench"]
    token = subprocess.run(  # noqa: S603 (our own command line)
        command, cwd=ROOT, env=environment(database_url), check=True, capture_output=True, text=True
    ).stdout.split()[-1]
    manage(database_url, "add_tenant_member", "bench", str(TENANT))
    with psycopg.connect(database_url, autocommit=True) as database:
        database.execute("VACUUM ANALYZE")
    return token


def main(size: int) -> None:
    with filled_database(1) as database_url, tempfile.TemporaryDirectory() as folder:
        token = fill(database_url, size)
        print(f"POST /v2/certificate/index, {size} certificates, {CONNECTIONS} connections")
        with served(database_url, GUNICORN) as url:
            for name, body in SEARCHES.items():
                script = Path(folder) / "search.lua"
                text = json.dumps(json.dumps(body))
                script.write_text(SCRIPT.format(body=text, token=token), encoding="utf-8")
                measured = measure(f"{url}/v2/certificate/index", "-s", str(script))
                print(f"  {name:<14}{measured}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
