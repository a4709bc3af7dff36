"""External lists may be kept for other things than segments."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("segments", "0110_ids_by_the_thousand"),
    ]

    operations = [
        migrations.AlterField(
            model_name="externallist",
            name="segment",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="external_lists",
                to="segments.segment",
                verbose_name="segment",
            ),
        ),
    ]
