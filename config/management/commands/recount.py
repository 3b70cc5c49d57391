from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import connections, router, transaction
from django.db.models import Sum

from config.models import Tally
from config.tally import recount_sql, tallied_columns


class Command(BaseCommand):
    help = (
        "Count the tables anew whose totals PostgreSQL keeps, and say where the figures differed. "
        "The only reason to: rows were loaded with triggers off. Writers wait meanwhile."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        using = router.db_for_write(Tally)
        if connections[using].vendor != "postgresql":
            raise CommandError("Only PostgreSQL keeps totals; SQLite counts each time.")
        for model in apps.get_models():
            columns = tallied_columns(model)
            if columns is None:
                continue
            kept = Tally.objects.filter(relation=model._meta.label)
            with transaction.atomic(using=using), connections[using].cursor() as cursor:
                before = kept.aggregate(total=Sum("count"))["total"] or 0
                cursor.execute(recount_sql(model, columns))
                after = kept.aggregate(total=Sum("count"))["total"] or 0
            self.stdout.write(f"{model._meta.label}: {before} -> {after}")
