"""A start by each recipient's own clock."""

from django.db import migrations, models


def on_local_clock() -> models.BooleanField:
    return models.BooleanField(
        choices=[(False, "by the clock of the holding"), (True, "by each recipient's own clock")],
        db_default=False,
        default=False,
        verbose_name="the hour of the start is",
    )


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0070_scenarios")]

    operations = [
        migrations.AddField("campaign", "on_local_clock", on_local_clock()),
        migrations.AddField("historicalcampaign", "on_local_clock", on_local_clock()),
    ]
