from __future__ import annotations

import time
from argparse import ArgumentParser
from itertools import chain, islice
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from config.errors import DomainError
from cron.models import ExpiryCheckRun, RunStatus, Trigger
from cron.services import runs
from cron.services.due import reminders_of
from cron.services.jobs import find_job
from cron.services.sending import send_next_batch

#: Workers may send for the same run: it is looked at again at least this often.
GLANCE_SECONDS = 1.0
#: Failed reminders that are named at the end.
NAMED = 20


class Command(BaseCommand):
    help = "Run the expiry check here and now, without a worker. Exits with 1 when errors > 0."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="change and send nothing; say what is due"
        )
        parser.add_argument("--job", metavar="ID", help="the job to run it for, such as cron-001")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            job = find_job(options["job"]) if options["job"] else None
            run = runs.open_run(
                job=job,
                trigger=Trigger.COMMAND,
                dry_run=options["dry_run"],
                now=timezone.now(),
            )
        except DomainError as error:
            raise CommandError(error.detail) from error
        claimed = runs.claim_run(run.pk, timezone.now())
        if claimed is None:
            raise CommandError(f"{run} was taken up by a worker.")
        runs.prepare_run(claimed)
        if not run.dry_run:
            self._send(run)
        run.refresh_from_db()
        self._report(run)

    def _send(self, run: ExpiryCheckRun) -> None:
        """Send until all is settled, with a progress bar on a terminal."""
        reminders = reminders_of(run)
        bar = Progress(
            TextColumn("Reminders"),
            BarColumn(),
            MofNCompleteColumn(),
            console=Console(stderr=True),
            disable=not self.stderr.isatty(),
        )
        with bar:
            task = bar.add_task("reminders", total=sum(rows.count() for rows in reminders))
            while True:
                while send_next_batch(run, now=timezone.now()):
                    settled = sum(rows.settled().count() for rows in reminders)
                    bar.update(task, completed=settled)
                wait_seconds = runs.finish_or_wait(run, now=timezone.now())
                if not ExpiryCheckRun.objects.running().filter(pk=run.pk).exists():
                    return
                time.sleep(GLANCE_SECONDS if wait_seconds is None else wait_seconds)

    def _report(self, run: ExpiryCheckRun) -> None:
        if run.status == RunStatus.FAILED:
            raise CommandError(f"{run} failed: {run.failure}")
        for name, figure in (run.result or {}).items():
            self.stdout.write(f"{name}: {figure}")
        self.stdout.write(f"{run}: {run.status}")
        if run.errors:
            failed = chain.from_iterable(rows.new_errors(run)[:NAMED] for rows in reminders_of(run))
            for reminder in islice(failed, NAMED):
                self.stderr.write(f"{reminder}: {reminder.error}")
            raise SystemExit(1)
