from django.db import migrations

from config.tally import KeepTally


class Migration(migrations.Migration):
    dependencies = [("certifications", "0002_trigram_search"), ("config", "0003_tally")]

    operations = [
        KeepTally("Certification", ("certification_type", "status")),
        KeepTally("Mentor", ("organisation", "language")),
    ]
