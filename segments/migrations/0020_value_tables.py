# What of a row no value table knew is kept with it, so that a meaning given later can mend it.

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("segments", "0009_files_of_batches"),
    ]

    operations = [
        migrations.AddField(
            model_name="carinstock",
            name="details",
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
        ),
        migrations.AddField(
            model_name="unknownword",
            name="example",
            field=models.CharField(blank=True, db_default="", max_length=200, verbose_name="example"),
        ),
    ]
