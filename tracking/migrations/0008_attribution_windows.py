"""A window of attribution for each line of business, as an installation begins."""

from django.db import migrations

DAYS = {"new": 180, "used": 90, "service": 30, "insurance": 60, "accessories": 30, "": 90}


def fill(apps, schema_editor):
    windows = apps.get_model("tracking", "AttributionWindow").objects
    for line, days in DAYS.items():
        windows.get_or_create(line=line, defaults={"days": days, "days_applied": days})


class Migration(migrations.Migration):
    dependencies = [("tracking", "0007_attribution")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
