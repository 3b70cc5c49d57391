from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from config import retention


class Command(BaseCommand):
    help = "Delete what has been kept for as long as the KEEP_… settings say, as beat does daily."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="delete nothing; count what would go now"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        find = retention.preview if options["dry_run"] else retention.prune
        pruned = find(now=timezone.now())
        for prunable in retention.prunables():
            days = prunable.days()
            kept = f"older than {days} days" if days > 0 else "kept for ever"
            self.stdout.write(f"{prunable.name}: {pruned.get(prunable.name, 0)} ({kept})")
        for kind in retention.expired():
            self.stdout.write(f"{kind.name}: {pruned[kind.name]} (expired)")
