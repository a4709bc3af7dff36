import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0050_contact_policy")]

    operations = [
        migrations.CreateModel(
            name="FollowUp",
            fields=[
                (
                    "campaign",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="follow_up",
                        serialize=False,
                        to="campaigns.campaign",
                    ),
                ),
                (
                    "kind",
                    models.CharField(choices=[("correction", "correction"), ("missed", "second try")], max_length=10),
                ),
                (
                    "reasons",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), default=list, size=None
                    ),
                ),
                (
                    "origin",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="line", to="campaigns.run"
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="follow_ups", to="campaigns.run"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="run",
            name="corrects",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="correction",
                to="campaigns.run",
            ),
        ),
    ]
