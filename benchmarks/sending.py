"""Sending reminders by 1, 2 and 4 worker processes: `python -m benchmarks.sending [DUE]`.

The mail server takes 20 ms for each mail. Then: what composing a mail costs, without sending it.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from aiosmtpd.controller import Controller

from benchmarks.database import ROOT, environment, filled_database, manage
from benchmarks.network import free_port

DUE = 1_000
WORKERS = (1, 2, 4)
SECONDS_PER_MAIL = 0.02
TIMEOUT_SECONDS = 300
#: As if no check had run yet. Each mentor belongs to an organisation with a coordinator.
RESET = "TRUNCATE cron_reminder, cron_coordinatordigest, cron_expirycheckrun CASCADE"
ORGANISATIONS = """
INSERT INTO certifications_organisation (id, name)
SELECT 'org-' || n, 'Organisation ' || n FROM generate_series(1, 20) AS n;
UPDATE certifications_mentor
SET organisation_id = 'org-' || (split_part(id, '-', 2)::int / 100 % 20 + 1);
"""
RING = (
    "from django.utils import timezone; from cron.models import Trigger; "
    "from cron.services import bell, runs; "
    "bell.ring_for_run(runs.open_run(job=None, trigger=Trigger.COMMAND, now=timezone.now()).pk)"
)


class SlowSink:
    """A mail server that takes its time for each mail, and remembers when it had taken it."""

    def __init__(self) -> None:
        self.taken: list[float] = []

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:  # noqa: N802
        await asyncio.sleep(SECONDS_PER_MAIL)
        self.taken.append(time.perf_counter())
        return "250 OK"


@contextmanager
def working(database_url: str, processes: int, **settings: str) -> Iterator[None]:
    """A Celery worker of so many processes."""
    command = ["celery", "--app", "config", "worker", "--concurrency", str(processes)]
    worker = subprocess.Popen(  # noqa: S603 (our own command line)
        [str(Path(sys.executable).parent / command[0]), *command[1:]],
        cwd=ROOT,
        env=environment(database_url, **settings),
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        os.killpg(worker.pid, signal.SIGTERM)
        worker.wait()


def rate_of(database_url: str, due: int, processes: int) -> float:
    """Mails per second from the first to the last of a run."""
    with psycopg.connect(database_url, autocommit=True) as database:
        database.execute(RESET)
    sink, port = SlowSink(), free_port()
    controller = Controller(sink, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            settings = {
                "EMAIL_URL": f"smtp://127.0.0.1:{port}",
                "DEFAULT_FROM_EMAIL": "bench@example.org",
                "CELERY_BROKER_URL": "filesystem://localhost",
                "VAR_DIR": folder,
            }
            with working(database_url, processes, **settings):
                manage(database_url, "shell", "--verbosity", "0", "-c", RING, **settings)
                stop_at = time.perf_counter() + TIMEOUT_SECONDS
                while len(sink.taken) < due:
                    if time.perf_counter() > stop_at:
                        raise SystemExit(f"{len(sink.taken)} of {due} mails in time.")
                    time.sleep(0.05)
    finally:
        controller.stop()
    return (due - 1) / (sink.taken[due - 1] - sink.taken[0])


def compose() -> None:
    """Print milliseconds of CPU that composing a mail costs, and that making it bytes costs."""
    import django

    django.setup()
    from cron.models import ExpiryCheckRun
    from cron.services.mails import mailings

    run = ExpiryCheckRun.objects.latest("pk")
    best = {"composing": float("inf"), "as bytes": float("inf")}
    for _ in range(5):
        mailing = next(mailings(UTC))
        reminders = list(mailing.rows.filter(run=run)[:500])
        begin = time.process_time()
        messages = [mailing.compose(reminder, datetime.now(UTC)) for reminder in reminders]
        composed = time.process_time()
        for message in messages:
            message.message().as_bytes()
        ended = time.process_time()
        best["composing"] = min(best["composing"], (composed - begin) / len(reminders))
        best["as bytes"] = min(best["as bytes"], (ended - composed) / len(reminders))
    print("  ".join(f"{name} {seconds * 1000:.2f} ms" for name, seconds in best.items()))


def main(due: int) -> None:
    with filled_database(due * 100) as url:
        with psycopg.connect(url, autocommit=True) as database:
            database.execute(ORGANISATIONS)
            database.execute("VACUUM ANALYZE")
        print(f"{due} mails due, {SECONDS_PER_MAIL * 1000:.0f} ms each at the mail server")
        first = None
        for processes in WORKERS:
            rate = rate_of(url, due, processes)
            first = first or rate
            print(f"  {processes} processes {rate:7.1f} mails/s  {rate / first:.2f} times")
        settings = environment(url, DJANGO_SETTINGS_MODULE="config.settings", LOG_LEVEL="ERROR")
        command = [sys.executable, "-m", "benchmarks.sending", "--inside"]
        subprocess.run(command, cwd=ROOT, env=settings, check=True)  # noqa: S603 (our own)


if __name__ == "__main__":
    if "--inside" in sys.argv:
        compose()
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else DUE)
