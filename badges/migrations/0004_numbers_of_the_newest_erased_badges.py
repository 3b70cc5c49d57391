"""Remembers badges that were erased before their numbers were kept, and were the newest.

Numbers below a badge that is there still count as erased anyway. What was given out beyond it, the
database's sequence alone knows: its last number stands for all of them.
"""

from django.db import migrations
from django.db.models import Max
from django.utils import timezone


def keep_last_number(apps, schema_editor):
    """Keep the last number that was given out, unless a badge has it."""
    earned = apps.get_model("badges", "EarnedBadge")
    using = schema_editor.connection.alias
    last = _last_number(schema_editor.connection, earned._meta.db_table)
    highest = earned.objects.using(using).aggregate(highest=Max("pk"))["highest"] or 0
    if last > highest:
        # An award that is just being written may have it. Where its badge comes, that one counts.
        apps.get_model("badges", "ErasedBadge").objects.using(using).create(
            number=last, created_at=timezone.now()
        )


def _last_number(connection, table):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT max(last_value) FROM pg_sequences WHERE "
                "format('%%I.%%I', schemaname, sequencename) = pg_get_serial_sequence(%s, 'id')",
                [table],
            )
        else:
            cursor.execute("SELECT max(seq) FROM sqlite_sequence WHERE name = %s", [table])
        (last,) = cursor.fetchone()
    # None where no badge was ever awarded.
    return last or 0


class Migration(migrations.Migration):
    dependencies = [("badges", "0003_erased_badges")]

    operations = [migrations.RunPython(keep_last_number, migrations.RunPython.noop)]
