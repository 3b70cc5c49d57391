from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("certifications", "0003_tallies")]

    operations = [
        migrations.AddIndex(
            model_name="certification",
            index=models.Index(
                fields=["mentor"],
                condition=models.Q(status="active"),
                name="certification_active_mentor",
            ),
        ),
    ]
