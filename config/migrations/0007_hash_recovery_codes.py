"""Recovery codes that lie in the clear are hashed where they are.

A process of the version before refuses them until it is replaced, as one refuses a wrong code;
the phone's codes and passwords go on. What it makes meanwhile stays in the clear until it is used.
"""

from django.db import migrations
from django.db.models.functions import Length

from config.access.recovery_codes import CLEAR_LENGTH, stored_form


def hash_codes(apps, schema_editor):
    tokens = apps.get_model("otp_static", "StaticToken").objects
    clear = tokens.annotate(length=Length("token")).filter(length=CLEAR_LENGTH)
    for token in clear:
        # Unless it was used, and so deleted, in this moment.
        tokens.filter(pk=token.pk).update(token=stored_form(token.token))


class Migration(migrations.Migration):
    dependencies = [
        ("config", "0006_audit"),
        ("otp_static", "0003_add_timestamps"),
    ]

    operations = [migrations.RunPython(hash_codes, migrations.RunPython.noop)]
