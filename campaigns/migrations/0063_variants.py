"""Variants of a campaign's texts, and which of them each message carries."""

from decimal import Decimal

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0066_ceiling"),
    ]

    operations = [
        migrations.CreateModel(
            name="Experiment",
            fields=[
                (
                    "campaign",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="experiment",
                        serialize=False,
                        to="campaigns.campaign",
                    ),
                ),
                (
                    "metric",
                    models.CharField(
                        choices=[
                            ("clicked", "clicked a link"),
                            ("called", "called"),
                            ("visited", "came to the showroom"),
                            ("bought", "bought"),
                        ],
                        default="clicked",
                        max_length=8,
                        verbose_name="primary metric: the share of those who",
                    ),
                ),
                (
                    "base",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=4,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("0.01")),
                            django.core.validators.MaxValueValidator(Decimal("99")),
                        ],
                        verbose_name="usual share, %",
                    ),
                ),
                (
                    "effect",
                    models.DecimalField(
                        decimal_places=2,
                        default=Decimal("1"),
                        max_digits=4,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("0.01")),
                            django.core.validators.MaxValueValidator(Decimal("50")),
                        ],
                        verbose_name="least effect, percentage points",
                    ),
                ),
                (
                    "alpha",
                    models.PositiveSmallIntegerField(
                        default=5,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(20),
                        ],
                        verbose_name="false alarms, %",
                    ),
                ),
                (
                    "power",
                    models.PositiveSmallIntegerField(
                        default=80,
                        validators=[
                            django.core.validators.MinValueValidator(50),
                            django.core.validators.MaxValueValidator(99),
                        ],
                        verbose_name="power, %",
                    ),
                ),
            ],
            options={
                "verbose_name": "experiment",
                "verbose_name_plural": "experiments",
                "default_permissions": (),
            },
        ),
        migrations.AddField(
            model_name="content",
            name="variant",
            field=models.CharField(blank=True, db_default="", default="", max_length=1),
        ),
        migrations.AddField(
            model_name="rationale",
            name="no_power",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=300, verbose_name="why with so few people"
            ),
        ),
        migrations.CreateModel(
            name="Variant",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("letter", models.CharField(max_length=1, verbose_name="variant")),
                ("name", models.CharField(blank=True, max_length=80, verbose_name="what it tries")),
                (
                    "share",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(99),
                        ],
                        verbose_name="share, %",
                    ),
                ),
                (
                    "hour",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(23)],
                        verbose_name="hour of sending",
                    ),
                ),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="variants", to="campaigns.campaign"
                    ),
                ),
            ],
            options={
                "verbose_name": "variant",
                "verbose_name_plural": "variants",
                "ordering": ["letter"],
                "default_permissions": (),
                "constraints": [models.UniqueConstraint(models.F("campaign"), models.F("letter"), name="variant_once")],
            },
        ),
        migrations.RunSQL(
            "ALTER TABLE campaigns_message ADD COLUMN variant varchar(1) NOT NULL DEFAULT ''",
            "ALTER TABLE campaigns_message DROP COLUMN variant",
            state_operations=[
                migrations.AddField("message", "variant", models.CharField(max_length=1, default="", db_default=""))
            ],
        ),
    ]
