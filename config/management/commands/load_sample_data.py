from __future__ import annotations

from importlib import import_module
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.module_loading import module_has_submodule


class Command(BaseCommand):
    help = "Fill an empty database with sample data: what each app's `sample_data` brings."

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        for app in apps.get_app_configs():
            if app.module is None or not module_has_submodule(app.module, "sample_data"):
                continue
            report = import_module(f"{app.name}.sample_data").load_sample_data(now)
            if options["verbosity"] > 0:
                label = app.verbose_name
                self.stdout.write(f"{label}: {report or 'there is data; nothing was changed.'}")
