"""Of reminders of one stage for different hours of the same day, keep one: that which went out."""

from django.db import migrations
from django.db.models import Case, Count, Value, When

from config.db import UtcDate


def keep_one(apps, schema_editor):
    reminders = apps.get_model('cron', 'Reminder').objects.using(schema_editor.connection.alias)
    repeated = (
        reminders.order_by()
        .values('certification', 'stage', day=UtcDate('expires_at'))
        .annotate(rows=Count('pk'))
        .filter(rows__gt=1)
    )
    for group in list(repeated):
        rows = reminders.alias(day=UtcDate('expires_at')).filter(
            certification=group['certification'], stage=group['stage'], day=group['day']
        )
        sent_first = Case(When(state='sent', then=Value(0)), default=Value(1))
        kept = rows.order_by(sent_first, '-pk').values_list('pk', flat=True).first()
        rows.exclude(pk=kept).delete()


class Migration(migrations.Migration):

    dependencies = [
        ('cron', '0005_reminders_by_hand_and_past'),
    ]

    operations = [migrations.RunPython(keep_one, migrations.RunPython.noop)]
