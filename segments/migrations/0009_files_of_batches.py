"""The files of an import stand in rows of their own now (0008 copied them)."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("segments", "0008_copy_files")]

    operations = [
        migrations.RemoveField(
            model_name="importbatch",
            name="cards_columns",
        ),
        migrations.RemoveField(
            model_name="importbatch",
            name="cards_file",
        ),
        migrations.RemoveField(
            model_name="importbatch",
            name="documents_columns",
        ),
        migrations.RemoveField(
            model_name="importbatch",
            name="documents_file",
        ),
    ]
