"""Which segments were made from ready-made cuts."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("segments", "0068_facts_of_lines")]

    operations = [
        migrations.CreateModel(
            name="ReadyMade",
            fields=[
                (
                    "segment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="ready_made",
                        serialize=False,
                        to="segments.segment",
                    ),
                ),
                ("cut", models.CharField(db_index=True, max_length=60)),
                ("values", models.JSONField(default=dict)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
    ]
