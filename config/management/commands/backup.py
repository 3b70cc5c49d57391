from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from config.backup.archive import write_backup
from config.backup.databases import BackupError


class Command(BaseCommand):
    help = (
        "Write database, attachments and, embedded, keys to one file, while everything goes on. "
        "The file has everything: keep it safe."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="such as certkeep.backup")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            counted = write_backup(options["file"], now=timezone.now())
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        for what, count in counted.items():
            self.stdout.write(f"{what}: {count}")
        if settings.ATTACHMENTS_S3_BUCKET:
            self.stdout.write("The attachments lie in a bucket, which is not in the backup.")
        self.stdout.write(f"{options['file']}: {options['file'].stat().st_size} bytes")
