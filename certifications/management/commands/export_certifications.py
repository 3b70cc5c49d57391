from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from certifications.models import Certification
from certifications.services.transfers.certifications import COLUMNS, rows_to_export
from config.audit.recording import record_by
from config.models import AuditEvent
from config.transfer.writing import CSV, XLSX, table_file


class Command(BaseCommand):
    help = "Write all certifications as a table that import_certifications takes back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", default="-", metavar="FILE", help="- prints it")
        parser.add_argument(
            "--format", choices=[CSV, XLSX], help="by default what the name of the file ends in"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["file"]
        form = options["format"] or (XLSX if name.lower().endswith(f".{XLSX}") else CSV)
        rows = rows_to_export(Certification.objects.order_by("pk"))
        record_by(None, AuditEvent.EXPORTED, now=timezone.now(), subject="certification")
        pieces = table_file(COLUMNS, rows, form)
        if name == "-":
            for piece in pieces:
                sys.stdout.buffer.write(piece)
            return
        try:
            with Path(name).open("wb") as file:
                for piece in pieces:
                    file.write(piece)
        except OSError as error:
            raise CommandError(f"{name} can't be written: {error.strerror}.") from error
