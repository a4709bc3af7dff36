"""Texts by the brand of a person's car, and which of them each message carries."""

import django.db.models.deletion
from django.db import migrations, models

import segments.models.loose


def needs_version() -> models.BooleanField:
    return models.BooleanField(
        choices=[(False, "gets the main version"), (True, "gets nothing")],
        db_default=False,
        default=False,
        verbose_name="whoever has no version",
    )


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0061_snippets"), ("segments", "0100_bound_addresses")]

    operations = [
        migrations.AddField("campaign", "needs_version", needs_version()),
        migrations.AddField("historicalcampaign", "needs_version", needs_version()),
        migrations.AddField(
            "content",
            "brand",
            models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="segments.brand"
            ),
        ),
        migrations.RunSQL(
            "ALTER TABLE campaigns_message ADD COLUMN content_id bigint",
            "ALTER TABLE campaigns_message DROP COLUMN content_id",
            state_operations=[
                migrations.AddField(
                    "message",
                    "content",
                    segments.models.loose.Loose(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="campaigns.content",
                    ),
                )
            ],
        ),
    ]
