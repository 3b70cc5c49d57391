"""Requests per second of searching certificates: `python -m benchmarks.certificates [SIZE]`."""

from __future__ import annotations

import json
import os
import sys
import uuid

import psycopg

from benchmarks.database import INTO_TENANT, create_token, filled_database, manage
from benchmarks.load import CONNECTIONS, measure
from benchmarks.servers import COMMANDS, served

SECONDS = int(os.environ.get("BENCH_SECONDS", "10"))
TENANT = uuid.UUID(int=1)
# One tenant with all of it: names, kinds and dates in a mix, one in three expired, and of these
# one in three replaced by a newer certificate.
SEED = (
    INTO_TENANT
    + """
SELECT gen_random_uuid(), '{tenant}', current_date - 900 + n % 600, current_date - 300 + n % 900,
  true, 'Course ' || n % 50, 'course ' || n % 50,
  (ARRAY['TRAINING', 'MAINTENANCE', 'HEALTH', 'CHECK', 'PER'])[1 + n % 5],
  md5((n % ({size} * 9 / 10))::text)::uuid, 0, 'YEAR', 1 + n % 3, false, now(), now()
FROM generate_series(1, {size}) AS n;
"""
)
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
    token = create_token(database_url, "bench")
    manage(database_url, "add_tenant_member", "bench", str(TENANT))
    with psycopg.connect(database_url, autocommit=True) as database:
        database.execute("VACUUM ANALYZE")
    return token


def main(size: int) -> None:
    with filled_database(1) as database_url:
        token = fill(database_url, size)
        print(f"POST /v2/certificate/index, {size} certificates, {CONNECTIONS} connections")
        with served(database_url, COMMANDS["certkeep"]) as server:
            for name, body in SEARCHES.items():
                text = json.dumps(json.dumps(body))
                script = SCRIPT.format(body=text, token=token)
                figures = measure(server, "/v2/certificate/index", SECONDS, script)
                print(
                    f"  {name:<14}{figures.rate:8.0f}/s  p50 {figures.p50:6.1f} ms  "
                    f"p99 {figures.p99:6.1f} ms  CPU {figures.cpu_per_request:5.2f} ms"
                )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
