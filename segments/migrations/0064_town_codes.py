"""The town codes of Russia with their zones; ranges that somebody has loaded stay."""

from django.db import migrations

from segments.phone_ranges import of_towns


def fill(apps, schema_editor):
    model = apps.get_model("segments", "PhoneRange")
    if not model.objects.exists():
        model.objects.bulk_create(model(first=first, last=last, time_zone=zone) for first, last, zone in of_towns())


class Migration(migrations.Migration):
    dependencies = [("segments", "0063_time_zones")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
