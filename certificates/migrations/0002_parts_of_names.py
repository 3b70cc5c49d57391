from django.db import migrations

from config.db import OnPostgresql


class Migration(migrations.Migration):
    dependencies = [("certificates", "0001_tables")]

    operations = [
        # Whoever owns the database may create this extension: PostgreSQL trusts it.
        OnPostgresql(
            "CREATE EXTENSION IF NOT EXISTS pg_trgm", reverse_sql=migrations.RunSQL.noop
        ),
        # Finds names by a part of them.
        OnPostgresql(
            "CREATE INDEX certificate_name_parts ON certificates_certificate "
            "USING gin (name_folded gin_trgm_ops)",
            reverse_sql="DROP INDEX certificate_name_parts",
        ),
    ]
