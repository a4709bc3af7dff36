"""Who took the codes of a pool stands in the log of exports."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("segments", "0111_lists_without_segment"),
    ]

    operations = [
        migrations.AlterField(
            model_name="dataexport",
            name="kind",
            field=models.CharField(
                choices=[
                    ("external_list", "external list"),
                    ("identities", "cards and their customers"),
                    ("rejected_rows", "refused rows of an import"),
                    ("promo_codes", "promo codes of a pool"),
                ],
                max_length=16,
                verbose_name="what",
            ),
        ),
    ]
