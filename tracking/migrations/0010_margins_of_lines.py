from django.db import migrations

from tracking.money.margins import ASSUMED


def add(apps, schema_editor) -> None:
    lines = apps.get_model("tracking", "LineMargin")
    lines.objects.bulk_create(
        (lines(line=line, percent=percent) for line, percent in ASSUMED.items()), ignore_conflicts=True
    )


class Migration(migrations.Migration):
    dependencies = [("tracking", "0009_money")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
