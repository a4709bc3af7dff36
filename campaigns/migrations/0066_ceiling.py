"""So many messages or roubles a run, and no more."""

from django.core.validators import MinValueValidator
from django.db import migrations, models


def ceiling(label: str) -> models.PositiveIntegerField:
    return models.PositiveIntegerField(blank=True, null=True, validators=[MinValueValidator(1)], verbose_name=label)


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0064_local_clock")]

    operations = [
        migrations.AddField(model, name, ceiling(label))
        for model in ("campaign", "historicalcampaign")
        for name, label in (("ceiling", "no more than, messages"), ("ceiling_roubles", "no more than, roubles"))
    ]
