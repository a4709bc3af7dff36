"""Bonus points: the ledger, and promo codes that give some."""

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import segments.models.loose


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0074_reaction_curves"),
        ("segments", "0110_ids_by_the_thousand"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="promopool",
            name="points_days",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Of bonus points. Empty: for good.",
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(1825),
                ],
                verbose_name="points live, days",
            ),
        ),
        migrations.AlterField(
            model_name="promopool",
            name="gives",
            field=models.CharField(
                choices=[
                    ("percent", "a discount, per cent"),
                    ("roubles", "a discount, roubles"),
                    ("gift", "a gift"),
                    ("points", "bonus points"),
                ],
                default="percent",
                max_length=8,
                verbose_name="what it gives",
            ),
        ),
        migrations.CreateModel(
            name="PointsEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("accrued", "given"),
                            ("spent", "spent"),
                            ("expired", "expired"),
                            ("returned", "taken back"),
                        ],
                        max_length=8,
                        verbose_name="what",
                    ),
                ),
                ("points", models.IntegerField(verbose_name="points")),
                ("why", models.CharField(blank=True, max_length=160, verbose_name="what for")),
                ("key", models.CharField(max_length=80, unique=True)),
                ("expires_on", models.DateField(null=True, verbose_name="gone from")),
                (
                    "happened_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="when"),
                ),
                (
                    "author",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="who",
                    ),
                ),
                (
                    "customer",
                    segments.models.loose.Loose(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="segments.customer",
                        verbose_name="customer",
                    ),
                ),
            ],
            options={
                "verbose_name": "entry of bonus points",
                "verbose_name_plural": "bonus points",
                "ordering": ["-id"],
                "default_permissions": ("view", "add"),
                "indexes": [
                    models.Index(models.F("customer"), name="points_of_customer"),
                    models.Index(models.F("expires_on"), condition=models.Q(("kind", "accrued")), name="points_expire"),
                ],
            },
        ),
    ]
