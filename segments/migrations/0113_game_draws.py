"""Who took the draws of a game stands in the log of exports."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("segments", "0112_promo_exports"),
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
                    ("game_draws", "draws of a game"),
                ],
                max_length=16,
                verbose_name="what",
            ),
        ),
    ]
