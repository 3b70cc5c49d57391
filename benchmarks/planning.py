"""Planning a check beside the bare SQL of the same work: `python -m benchmarks.planning`."""

from __future__ import annotations

import resource
import subprocess
import sys
import time

import psycopg

from benchmarks.database import ROOT, environment, filled_database

#: Certifications, and how many of them are due, in turn. One in ten of these has expired.
CASES = {10_000: (1_000,), 1_000_000: (1_000, 10_000)}
ROUNDS = 5
SPREAD = """
UPDATE certifications_certification SET expires_at = expires_at + interval '90 days'
WHERE expires_at < now() + interval '40 days';
UPDATE certifications_certification SET expires_at = date_trunc('day', now())
  + CASE WHEN id / {step} % 10 = 0 THEN interval '-1 day'
         ELSE (1 + id / {step} % 30) * interval '1 day' END
WHERE id % {step} = 0;
"""
EXPIRE = """
WITH changed AS (
  UPDATE certifications_certification SET status = 'expired', updated_at = now()
  WHERE status = 'active' AND expires_at <= now() RETURNING *
)
INSERT INTO certifications_historicalcertification
  (id, mentor_id, certification_type_id, status, issued_at, expires_at, created_at, updated_at,
   history_date, history_type, history_change_reason)
SELECT id, mentor_id, certification_type_id, status, issued_at, expires_at, created_at, updated_at,
  now(), '~', 'Expiry check' FROM changed
"""
PLAN = """
INSERT INTO cron_reminder (certification_id, expires_at, stage, run_id, state, attempts,
  next_attempt_at, recipient, error)
SELECT id, expires_at, due, {run}, 'pending', 0, now(), '', '' FROM (
  SELECT c.id, c.expires_at, CASE
      WHEN c.expires_at < date_trunc('day', now()) THEN -1
      WHEN c.expires_at < date_trunc('day', now()) + interval '1 day' THEN 0
      WHEN c.expires_at < date_trunc('day', now()) + interval '2 days' THEN 1
      WHEN c.expires_at < date_trunc('day', now()) + interval '8 days' THEN 7
      WHEN c.expires_at < date_trunc('day', now()) + interval '15 days' THEN 14
      ELSE 30 END AS due
  FROM certifications_certification c
  WHERE c.status IN ('active', 'expired')
    AND c.expires_at >= date_trunc('day', now()) - interval '90 days'
    AND c.expires_at < date_trunc('day', now()) + interval '31 days'
) AS staged
WHERE NOT EXISTS (
  SELECT FROM cron_reminder r WHERE r.certification_id = staged.id
    AND r.expires_at = staged.expires_at AND r.stage <= staged.due)
ON CONFLICT DO NOTHING
"""


def bare(url: str, run: int) -> tuple[float, int]:
    """Seconds of the bare statements in one transaction, taken back, and how many were due."""
    with psycopg.connect(url) as database:
        begin = time.perf_counter()
        database.execute(EXPIRE)
        due = database.execute(PLAN.format(run=run)).rowcount
        database.execute("SET CONSTRAINTS ALL IMMEDIATE")
        seconds = time.perf_counter() - begin
        database.rollback()
    return seconds, due


def inside(url: str) -> None:
    """Print what both take, in turn, and the memory that planning adds to this process."""
    import django

    django.setup()
    from django.db import connection, transaction
    from django.utils import timezone

    from cron.models import Trigger
    from cron.services import checked, planning, runs

    run = runs.open_run(job=None, trigger=Trigger.COMMAND, now=timezone.now())
    claimed = runs.claim_run(run.pk, timezone.now())
    if claimed is None:
        raise SystemExit("Somebody else has the run.")
    idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    by_hand, planned, counted = float("inf"), float("inf"), float("inf")
    due = 0
    for _ in range(ROUNDS):
        seconds, expected = bare(url, run.pk)
        by_hand = min(by_hand, seconds)
        with transaction.atomic():
            begin = time.perf_counter()
            planning.plan_run(claimed, now=timezone.now())
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            planned = min(planned, time.perf_counter() - begin)
            begin = time.perf_counter()
            checked.mentors_checked(expired_at=timezone.now())
            counted = min(counted, time.perf_counter() - begin)
            run.refresh_from_db()
            due = run.reminders_due or 0
            transaction.set_rollback(True)
        if due != expected:
            raise SystemExit(f"{due} were planned, {expected} by the bare SQL.")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{due:>7} due  planned in {planned * 1000:7.1f} ms  bare SQL {by_hand * 1000:7.1f} ms  "
        f"ratio {planned / by_hand:5.2f}  mentors counted in {counted * 1000:6.1f} ms  "
        f"memory {idle:.0f} MB + {peak - idle:.0f} MB"
    )


def main() -> None:
    for size, dues in CASES.items():
        with filled_database(size) as url:
            for due in dues:
                with psycopg.connect(url, autocommit=True) as database:
                    database.execute(SPREAD.format(step=size // due))
                    database.execute("DELETE FROM cron_expirycheckrun")
                    database.execute("VACUUM ANALYZE")
                print(f"{size:>9} certifications ", end="", flush=True)
                subprocess.run(  # noqa: S603 (our own command line)
                    [sys.executable, "-m", "benchmarks.planning", "--inside", url],
                    cwd=ROOT,
                    env=environment(
                        url, DJANGO_SETTINGS_MODULE="config.settings", LOG_LEVEL="ERROR"
                    ),
                    check=True,
                )


if __name__ == "__main__":
    inside(sys.argv[-1]) if "--inside" in sys.argv else main()
