from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from cron.sample_data import MENTORS, load_sample_data


class Command(BaseCommand):
    help = "Fill an empty database with sample mentors, certifications and jobs."

    def handle(self, *args: Any, **options: Any) -> None:
        if load_sample_data(timezone.now()):
            self.stdout.write(f"{MENTORS} mentors with their certifications, and two jobs.")
        else:
            self.stdout.write("There are mentors already; nothing was changed.")
