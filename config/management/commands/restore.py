from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.backup.archive import read_backup
from config.backup.databases import BackupError


class Command(BaseCommand):
    help = (
        "Put a backup in the place of what is there. Stop web, worker and beat before; "
        "run migrate afterwards where the backup is of an older version."
    )
    # A database that is to be replaced need not be up to date, nor have any table.
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="what manage.py backup wrote")
        parser.add_argument(
            "--force", action="store_true", help="replace what is in a database that is not empty"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            manifest = read_backup(options["file"], force=options["force"])
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Restored what was there at {manifest['made_at']}.")
