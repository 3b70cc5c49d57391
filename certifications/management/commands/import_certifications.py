from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from certifications.services.transfers import CertificationImporter
from config.audit.recording import record_by
from config.import_export.errors import UnreadableFile
from config.models import AuditEvent
from config.transfer.importing import Report, check_table, import_table
from config.transfer.reading import count_rows

#: Faults that are printed; the rest is counted.
SHOWN_FAULTS = 50


class Command(BaseCommand):
    help = (
        "Import certifications from a CSV or XLSX file, all or none. Columns: mentor_id, "
        "certification_type, expires_at, and if need be status and issued_at."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--dry-run", action="store_true", help="check alone; write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        importer = CertificationImporter(None, timezone.now(), f"Import of {path.name}")
        work = check_table if options["dry_run"] else import_table
        bar = Progress(
            TextColumn("Rows"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            disable=not self.stderr.isatty(),
        )
        try:
            with path.open("rb") as file, bar:
                task = bar.add_task("rows", total=count_rows(file, path.name))
                file.seek(0)
                report = work(
                    importer, file, path.name, lambda done: bar.update(task, completed=done)
                )
        except OSError as error:
            raise CommandError(f"{path} can't be read: {error.strerror}.") from error
        except UnreadableFile as error:
            raise CommandError(f"{path}: {error.detail}") from error
        if report.is_sound and not options["dry_run"]:
            subject = f"certification: {path.name}"
            record_by(None, AuditEvent.IMPORTED, now=timezone.now(), subject=subject)
        self._say(report, dry_run=options["dry_run"])

    def _say(self, report: Report, *, dry_run: bool) -> None:
        if not report.is_sound:
            lines = [
                f"row {fault.row}, {fault.column or 'all of it'}: {fault.detail}"
                for fault in report.faults[:SHOWN_FAULTS]
            ]
            more = report.fault_count - len(lines)
            end = [f"… and {more} more."] if more else []
            raise CommandError("\n".join(["Nothing was imported.", *lines, *end]))
        new, changed, same = report.counts.values()
        done = "would be new" if dry_run else "new"
        self.stdout.write(f"{new} {done}, {changed} changed, {same} the same.")
