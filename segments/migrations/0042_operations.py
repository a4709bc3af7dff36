"""How sources call their documents: what was known in the code becomes a value table that people edit."""

from django.db import migrations

from segments.importing.documents import KINDS


def fill(apps, schema_editor):
    spellings = apps.get_model("segments", "OperationSpelling")
    spellings.objects.bulk_create(
        [spellings(spelling=spelling, kind=kind.value) for spelling, kind in KINDS.items()], ignore_conflicts=True
    )


class Migration(migrations.Migration):
    dependencies = [("segments", "0041_staging_schema")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
