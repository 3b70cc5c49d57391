"""What commands share that take a table from a file."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from config.audit.recording import record_by
from config.import_export.errors import UnreadableFile
from config.import_export.new_names import NewName
from config.models import AuditEvent
from config.transfer.importing import Fault, Importer, Report, check_table, import_table
from config.transfer.reading import count_rows

#: Faults, and new names, that are printed; the rest is counted.
SHOWN = 50


class TableCommand(BaseCommand):
    """Takes the table of a file, all of it or nothing, and says what came of it."""

    importer: ClassVar[type[Importer]]
    #: What the log of events calls the rows.
    subject: ClassVar[str]

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--dry-run", action="store_true", help="check alone; write nothing")
        parser.add_argument(
            "--register",
            action="store_true",
            help="also register what nobody knows yet, such as another mentor",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        report = self._read(path, **options)
        for note in report.notes:
            self.stderr.write(note)
        if not report.is_sound:
            raise CommandError("\n".join(["Nothing was imported.", *_faults(report)]))
        new_names = _new_names(report)
        if report.lacks_consent:
            raise CommandError(
                "\n".join(
                    [
                        "Nothing was imported: the file has what nobody knows yet.",
                        *new_names,
                        "Where all of that is right, add --register.",
                    ]
                )
            )
        if options["dry_run"]:
            for line in new_names:
                self.stdout.write(line)
        else:
            subject = f"{self.subject}: {path.name}"
            record_by(None, AuditEvent.IMPORTED, now=timezone.now(), subject=subject)
        new, changed, same = report.counts.values()
        done = "would be new" if options["dry_run"] else "new"
        self.stdout.write(f"{new} {done}, {changed} changed, {same} the same.")

    def _read(self, path: Path, *, dry_run: bool, register: bool, **_options: Any) -> Report:
        """Check or import the file, with a progress bar on a terminal."""
        importer = self.importer(None, timezone.now(), f"Import of {path.name}")
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

                def show(done: int) -> None:
                    bar.update(task, completed=done)

                if dry_run:
                    return check_table(importer, file, path.name, show)
                return import_table(importer, file, path.name, show, may_register=register)
        except OSError as error:
            raise CommandError(f"{path} can't be read: {error.strerror}.") from error
        except UnreadableFile as error:
            raise CommandError(f"{path}: {error.detail}") from error


def _faults(report: Report) -> list[str]:
    return _lines([_fault(fault) for fault in report.faults[:SHOWN]], report.fault_count)


def _fault(fault: Fault) -> str:
    shown = f" “{fault.shown}”" if fault.shown else ""
    return f"row {fault.row}, {fault.column or 'all of it'}{shown}: {fault.detail}"


def _new_names(report: Report) -> list[str]:
    lines = [_new_name(new) for new in report.new_names[:SHOWN]]
    return _lines(lines, report.new_name_count)


def _new_name(new: NewName) -> str:
    meant = f"; is {new.closest} meant?" if new.closest else ""
    return f"row {new.row}, new {new.kind}: {new.name}{meant}"


def _lines(lines: list[str], count: int) -> list[str]:
    more = count - len(lines)
    return [*lines, *([f"… and {more} more."] if more > 0 else [])]
