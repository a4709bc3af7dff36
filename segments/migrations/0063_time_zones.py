"""Whose clock a customer lives by: zones of centres and customers, ranges of phone numbers by region."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("segments", "0062_images_keep_what_was")]

    operations = [
        migrations.AddField(
            model_name="centre",
            name="time_zone",
            field=models.CharField(
                db_default="Europe/Moscow", default="Europe/Moscow", max_length=40, verbose_name="time zone"
            ),
        ),
        migrations.CreateModel(
            name="PhoneRange",
            fields=[
                ("first", models.BigIntegerField(primary_key=True, serialize=False)),
                ("last", models.BigIntegerField()),
                ("time_zone", models.CharField(max_length=40)),
            ],
        ),
        migrations.CreateModel(
            name="CustomerZone",
            fields=[
                (
                    "facts",
                    models.OneToOneField(
                        db_column="customer_id",
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="zone",
                        serialize=False,
                        to="segments.customerfacts",
                    ),
                ),
                ("time_zone", models.CharField(max_length=40, verbose_name="time zone")),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("city", "by the city"),
                            ("phone", "by the region of the phone"),
                            ("centre", "by the dealer centre"),
                            ("holding", "nothing is known, so by the clock of the holding"),
                        ],
                        max_length=8,
                    ),
                ),
            ],
        ),
    ]
