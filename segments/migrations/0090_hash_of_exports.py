from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("segments", "0086_buffer_without_answers")]

    operations = [
        migrations.AddField(
            model_name="dataexport",
            name="digest",
            field=models.CharField(blank=True, db_default="", max_length=64, verbose_name="hash of the file"),
        ),
        migrations.AddField(
            model_name="externallist",
            name="told",
            field=models.TextField(blank=True, db_default="", editable=False),
        ),
    ]
