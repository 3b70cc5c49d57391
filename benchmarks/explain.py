"""How PostgreSQL carries out what Certkeep asks: `python -m benchmarks.explain [SIZE] [--plans]`.

Each statement of the APIs and of planning a check is run under EXPLAIN (ANALYZE, BUFFERS) first. It
ends with 1 where one reads a whole big table. With `--plans` it prints every plan.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.compare import fill
from benchmarks.database import ROOT, environment, filled_database
from benchmarks.works import RECORDS, TENANT

SIZE = 1_000_000
#: Tables of fewer rows are read as a whole at less cost than through an index.
BIG = 5_000
INDEX = "/v2/certificate/index"
EXISTS = "/api/v1/earned-badges/exists?peer_mentor_id=mentor-77&badge_definition_id=bdg-def-008"


def inside(size: int, token: str, *, with_plans: bool) -> bool:
    """Print how each work fares; False where one reads a big table as a whole."""
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.utils import timezone

    from cron.models import Trigger
    from cron.services import runs

    settings.ALLOWED_HOSTS.append("testserver")
    client = Client(HTTP_AUTHORIZATION=f"Bearer {token}", raise_request_exception=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples > %s", [BIG])
        big = {name for (name,) in cursor.fetchall()}

    def post(path: str, **body: Any) -> Callable[[], Any]:
        return lambda: client.post(path, json.dumps(body), content_type="application/json")

    def check() -> None:
        run = runs.open_run(job=None, trigger=Trigger.COMMAND, now=timezone.now())
        claimed = runs.claim_run(run.pk, timezone.now())
        assert claimed is not None  # noqa: S101 (nobody else is there)
        runs.prepare_run(claimed)

    search = {"filter": {"tenant_id": TENANT, "resource_id": TENANT}, "sort": "name"}
    works: dict[str, Callable[[], Any]] = {
        "GET one": lambda: client.get(f"{RECORDS}/mentor-77"),
        "GET exists": lambda: client.get(EXISTS),
        "GET list": lambda: client.get(RECORDS),
        "GET list, far down": lambda: client.get(f"{RECORDS}?page={size // 40}"),
        "GET list, by expiry": lambda: client.get(f"{RECORDS}?ordering=-expires_at"),
        "GET expiring": lambda: client.get(f"{RECORDS}/expiring"),
        "GET filtered": lambda: client.get(f"{RECORDS}?cert_type=peer_mentor&status=active"),
        "GET certifications, expiring": lambda: client.get(
            "/api/v1/certifications?status=expiring_soon"
        ),
        "GET mentors": lambda: client.get("/api/v1/mentors?language=en"),
        "GET earned badges": lambda: client.get("/api/v1/earned-badges"),
        "POST index": post(INDEX, **search),
        "POST index, by name": post(INDEX, filter={"name": "course 7777"}, sort="name"),
        "POST upsert": post(
            RECORDS,
            mentor_id="mentor-77",
            cert_type="peer_mentor",
            status="active",
            expires_at="2030-03-01T00:00:00Z",
        ),
        "POST renewals": post(
            f"{RECORDS}/mentor-78/renewals",
            renewed_at="2026-03-26T00:00:00Z",
            expires_at="2030-03-26T00:00:00Z",
        ),
        "check": check,
    }
    is_fine = True
    for name, work in works.items():
        with _explained(connection) as plans:
            answer = work()
        if answer is not None and answer.status_code >= 400:
            raise SystemExit(f"{name}: {answer.status_code} {answer.content.decode()[:300]}")
        spent = sum(
            float(ms) for plan in plans for ms in re.findall(r"Execution Time: (\S+)", plan)
        )
        blocks = sum(_blocks(plan) for plan in plans)
        scans = {
            table
            for plan in plans
            for table in re.findall(r"Seq Scan on (\w+)", plan)
            if table in big
        }
        is_fine = is_fine and not scans
        said = f"  READS ALL OF {', '.join(sorted(scans))}" if scans else ""
        print(f"{name:<30}{len(plans):>3} statements {spent:9.2f} ms {blocks:>8} blocks{said}")
        if with_plans or scans:
            print("\n\n".join(plans))
    return is_fine


def _blocks(plan: str) -> int:
    """The blocks that the statement touched: those of its outermost step."""
    found = re.search(r"Buffers: shared ?(?:hit=(\d+))? ?(?:read=(\d+))?", plan)
    return sum(int(count) for count in found.groups() if count) if found else 0


@contextmanager
def _explained(connection: Any) -> Iterator[list[str]]:
    """Collects the plan of each statement; what the explaining changes is taken back."""
    from django.db import transaction

    plans: list[str] = []

    def explain(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if re.match(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH|\()", sql):
            with transaction.atomic(), connection.connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS) {sql}", params)
                plans.append("\n".join([sql[:2000], *[line for (line,) in cursor.fetchall()]]))
                transaction.set_rollback(True)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        yield plans


def main(size: int, options: list[str]) -> None:
    with filled_database(size) as url:
        token = fill(url, size)
        command = [sys.executable, "-m", "benchmarks.explain", "--inside", str(size), token]
        ended = subprocess.run(  # noqa: S603 (our own command line)
            [*command, *options],
            cwd=ROOT,
            env=environment(url, DJANGO_SETTINGS_MODULE="config.settings", LOG_LEVEL="ERROR"),
            check=False,
        )
    raise SystemExit(ended.returncode)


if __name__ == "__main__":
    options = [word for word in sys.argv[1:] if word.startswith("--plans")]
    words = [word for word in sys.argv[1:] if word not in options]
    if "--inside" in words:
        number, secret = words[-2:]
        sys.exit(not inside(int(number), secret, with_plans=bool(options)))
    main(int(words[0]) if words else SIZE, options)
