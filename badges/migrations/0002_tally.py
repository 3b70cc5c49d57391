from django.db import migrations

from config.tally import KeepTally


class Migration(migrations.Migration):
    dependencies = [("badges", "0001_tables"), ("config", "0003_tally")]

    operations = [KeepTally("EarnedBadge", ("definition",))]
