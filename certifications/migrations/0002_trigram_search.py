"""An index that finds mentors by part of a name, an id or an email address (PostgreSQL)."""

from django.db import DatabaseError, migrations, transaction

# The expressions are those that `icontains` compares.
INDEX = """
CREATE INDEX IF NOT EXISTS mentor_trigrams ON certifications_mentor USING gin (
    UPPER(id::text) gin_trgm_ops, UPPER(name::text) gin_trgm_ops, UPPER(email::text) gin_trgm_ops
)
"""


def make_index(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    try:
        with transaction.atomic():
            schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    except DatabaseError:
        # An account that may not add extensions: searches read the whole table.
        return
    schema_editor.execute(INDEX)


def drop_index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS mentor_trigrams")


class Migration(migrations.Migration):
    dependencies = [("certifications", "0001_tables")]

    operations = [migrations.RunPython(make_index, drop_index)]
