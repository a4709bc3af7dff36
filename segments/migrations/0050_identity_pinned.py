"""Identification asks which customers hold a card that a person put there: few among half a million."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("segments", "0042_operations")]

    operations = [
        migrations.AddIndex(
            model_name="card",
            index=models.Index("customer", name="card_pinned", condition=models.Q(is_pinned=True)),
        ),
    ]
