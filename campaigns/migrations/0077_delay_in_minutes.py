import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0076_calls_to_make")]

    operations = [
        migrations.RenameField("scenarioversion", "delay_hours", "delay_minutes"),
        migrations.AlterField(
            "scenarioversion",
            "delay_minutes",
            models.PositiveIntegerField(
                default=0,
                validators=[django.core.validators.MaxValueValidator(60 * 24 * 365)],
                verbose_name="begins after the occasion",
            ),
        ),
        migrations.RunSQL(
            "UPDATE campaigns_scenarioversion SET delay_minutes = delay_minutes * 60 WHERE delay_minutes > 0",
            "UPDATE campaigns_scenarioversion SET delay_minutes = delay_minutes / 60 WHERE delay_minutes > 0",
        ),
    ]
