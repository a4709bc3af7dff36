import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tracking", "0013_call_notices")]

    operations = [
        migrations.AddField(
            model_name="hit",
            name="made_by",
            field=models.CharField(
                blank=True,
                choices=[("human", "a person"), ("machine", "a machine"), ("unsure", "unsure")],
                db_default="",
                max_length=7,
            ),
        ),
        migrations.AddField(
            model_name="hit",
            name="reasons",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=12), db_default=[], default=list, size=None
            ),
        ),
        migrations.AddIndex(
            model_name="hit",
            index=models.Index(models.F("at"), condition=models.Q(("made_by", "")), name="hit_not_classed"),
        ),
    ]
