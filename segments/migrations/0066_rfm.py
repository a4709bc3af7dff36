# Codes of recency, frequency and money by line of business, their cut-offs, names and history.

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import segments.models.loose


class Migration(migrations.Migration):
    dependencies = [
        ("segments", "0065_segment_life"),
    ]

    operations = [
        migrations.CreateModel(
            name="RfmLine",
            fields=[
                (
                    "line",
                    models.CharField(
                        choices=[
                            ("all", "everything together"),
                            ("new", "new cars"),
                            ("used", "used cars"),
                            ("service", "service"),
                            ("insurance", "insurance"),
                        ],
                        editable=False,
                        max_length=10,
                        primary_key=True,
                        serialize=False,
                        verbose_name="line of business",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=0, editable=False)),
                (
                    "mode",
                    models.CharField(
                        choices=[
                            ("fixed", "by the cut-offs below"),
                            ("quantile", "by quarters of the base, computed every night"),
                        ],
                        default="fixed",
                        max_length=8,
                        verbose_name="how scores are given",
                    ),
                ),
                ("recency_4", models.PositiveIntegerField(default=30, verbose_name="4: not more than")),
                ("recency_3", models.PositiveIntegerField(default=60, verbose_name="3: not more than")),
                ("recency_2", models.PositiveIntegerField(default=90, verbose_name="2: not more than")),
                (
                    "frequency_4",
                    models.PositiveIntegerField(
                        default=10, validators=[django.core.validators.MinValueValidator(1)], verbose_name="4: at least"
                    ),
                ),
                (
                    "frequency_3",
                    models.PositiveIntegerField(
                        default=5, validators=[django.core.validators.MinValueValidator(1)], verbose_name="3: at least"
                    ),
                ),
                (
                    "frequency_2",
                    models.PositiveIntegerField(
                        default=2, validators=[django.core.validators.MinValueValidator(1)], verbose_name="2: at least"
                    ),
                ),
                (
                    "money_4",
                    models.DecimalField(decimal_places=2, default=100000, max_digits=16, verbose_name="4: at least"),
                ),
                (
                    "money_3",
                    models.DecimalField(decimal_places=2, default=50000, max_digits=16, verbose_name="3: at least"),
                ),
                (
                    "money_2",
                    models.DecimalField(decimal_places=2, default=10000, max_digits=16, verbose_name="2: at least"),
                ),
                ("quartiles", models.JSONField(editable=False, null=True)),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("applied_at", models.DateTimeField(editable=False, null=True)),
                ("computed_at", models.DateTimeField(editable=False, null=True)),
            ],
            options={
                "verbose_name": "RFM cut-offs",
                "verbose_name_plural": "RFM",
                "ordering": ["position"],
            },
        ),
        migrations.CreateModel(
            name="RfmSegment",
            fields=[
                (
                    "number",
                    models.PositiveSmallIntegerField(
                        editable=False, primary_key=True, serialize=False, verbose_name="order"
                    ),
                ),
                ("slug", models.SlugField(editable=False, max_length=40, unique=True)),
                ("name", models.CharField(max_length=60, unique=True, verbose_name="name")),
                (
                    "codes",
                    models.CharField(
                        help_text="Three scores from 1 to 4 (recency, frequency, money); X is any score. A code that two segments name belongs to the upper one.",
                        max_length=260,
                        verbose_name="codes",
                    ),
                ),
                (
                    "priority",
                    models.CharField(
                        choices=[("high", "high"), ("middle", "middle"), ("low", "low")],
                        default="middle",
                        max_length=6,
                        verbose_name="priority",
                    ),
                ),
                ("advice", models.TextField(max_length=400, verbose_name="what to do")),
                (
                    "vip_risk_from",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Empty: nobody of this segment carries the mark.",
                        null=True,
                        verbose_name="mark “VIP at risk” from F + M",
                    ),
                ),
            ],
            options={
                "verbose_name": "RFM segment",
                "verbose_name_plural": "RFM segments",
                "ordering": ["number"],
            },
        ),
        migrations.CreateModel(
            name="RfmMove",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "line",
                    models.CharField(
                        choices=[
                            ("all", "everything together"),
                            ("new", "new cars"),
                            ("used", "used cars"),
                            ("service", "service"),
                            ("insurance", "insurance"),
                        ],
                        max_length=10,
                    ),
                ),
                ("before", models.CharField(blank=True, max_length=3)),
                ("after", models.CharField(blank=True, max_length=3)),
                (
                    "cause",
                    models.CharField(
                        choices=[("base", "purchases and time"), ("cut_offs", "other cut-offs")], max_length=8
                    ),
                ),
                ("moved_at", models.DateTimeField()),
                (
                    "customer",
                    segments.models.loose.Loose(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="segments.customer",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(models.F("line"), models.F("moved_at"), name="rfm_move_by_time"),
                    models.Index(models.F("customer"), models.F("moved_at"), name="rfm_move_of_customer"),
                ],
            },
        ),
        migrations.CreateModel(
            name="RfmScore",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "line",
                    models.CharField(
                        choices=[
                            ("all", "everything together"),
                            ("new", "new cars"),
                            ("used", "used cars"),
                            ("service", "service"),
                            ("insurance", "insurance"),
                        ],
                        max_length=10,
                    ),
                ),
                ("code", models.CharField(max_length=3)),
                ("last_day", models.DateField()),
                ("purchases", models.IntegerField()),
                ("money", models.DecimalField(decimal_places=2, max_digits=16)),
                ("since", models.DateField()),
                (
                    "customer",
                    segments.models.loose.Loose(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="rfm_scores",
                        to="segments.customer",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(models.F("line"), models.F("code"), models.F("customer"), name="rfm_score_of_code")
                ],
                "constraints": [models.UniqueConstraint(models.F("customer"), models.F("line"), name="rfm_score_once")],
            },
        ),
    ]
