import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("segments", "0064_town_codes"),
    ]

    operations = [
        migrations.CreateModel(
            name="SegmentSnapshot",
            fields=[
                (
                    "segment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="snapshot",
                        serialize=False,
                        to="segments.segment",
                    ),
                ),
                ("changed_at", models.DateTimeField()),
                ("bitmap", models.BinaryField()),
            ],
        ),
        migrations.AddField(
            model_name="historicalsegment",
            name="plan",
            field=models.CharField(
                blank=True,
                help_text="The plan in one line: which message or offer, by which channel, how often.",
                max_length=160,
                verbose_name="what they get",
            ),
        ),
        migrations.AddField(
            model_name="historicalsegment",
            name="plan_reason",
            field=models.TextField(
                blank=True,
                help_text="What should change in what these people do, and how it is seen.",
                verbose_name="why they get it",
            ),
        ),
        migrations.AddField(
            model_name="historicalsegment",
            name="policy",
            field=models.CharField(
                choices=[
                    ("on_change", "as soon as the base changes, and every night"),
                    ("hourly", "every hour"),
                    ("nightly", "every night"),
                    ("frozen", "never: it stays a list as it is"),
                ],
                default="on_change",
                max_length=10,
                verbose_name="when it is refreshed",
            ),
        ),
        migrations.AddField(
            model_name="segment",
            name="changed_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="segment",
            name="entered_last_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="segment",
            name="plan",
            field=models.CharField(
                blank=True,
                help_text="The plan in one line: which message or offer, by which channel, how often.",
                max_length=160,
                verbose_name="what they get",
            ),
        ),
        migrations.AddField(
            model_name="segment",
            name="plan_reason",
            field=models.TextField(
                blank=True,
                help_text="What should change in what these people do, and how it is seen.",
                verbose_name="why they get it",
            ),
        ),
        migrations.AddField(
            model_name="segment",
            name="policy",
            field=models.CharField(
                choices=[
                    ("on_change", "as soon as the base changes, and every night"),
                    ("hourly", "every hour"),
                    ("nightly", "every night"),
                    ("frozen", "never: it stays a list as it is"),
                ],
                default="on_change",
                max_length=10,
                verbose_name="when it is refreshed",
            ),
        ),
        migrations.AddField(
            model_name="segment",
            name="refresh_cause",
            field=models.CharField(
                choices=[
                    ("first", "first count"),
                    ("rule", "the rule was changed"),
                    ("base", "the base has changed"),
                    ("segment", "another segment has changed"),
                    ("time", "by the clock"),
                    ("person", "somebody asked for it"),
                ],
                db_default="time",
                default="first",
                editable=False,
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="segmentsize",
            name="entered",
            field=models.IntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="segmentsize",
            name="gone",
            field=models.IntegerField(db_default=0, default=0),
        ),
        migrations.AlterField(
            model_name="historicalsegment",
            name="description",
            field=models.TextField(blank=True, verbose_name="who these people are"),
        ),
        migrations.AlterField(
            model_name="segment",
            name="description",
            field=models.TextField(blank=True, verbose_name="who these people are"),
        ),
        migrations.CreateModel(
            name="MembershipChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("happened_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("first", "first count"),
                            ("rule", "the rule was changed"),
                            ("base", "the base has changed"),
                            ("segment", "another segment has changed"),
                            ("time", "by the clock"),
                            ("person", "somebody asked for it"),
                        ],
                        max_length=8,
                    ),
                ),
                ("entered_count", models.IntegerField(default=0)),
                ("gone_count", models.IntegerField(default=0)),
                (
                    "entered",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                (
                    "gone",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                (
                    "segment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="changes", to="segments.segment"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["segment", "-happened_at"], name="membershipchange_of_segment"),
                    models.Index(models.F("happened_at"), name="membershipchange_by_time"),
                ],
            },
        ),
        migrations.CreateModel(
            name="SegmentShare",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("measure", models.CharField(max_length=20)),
                ("value", models.DecimalField(decimal_places=2, max_digits=18)),
                ("total", models.DecimalField(decimal_places=2, max_digits=18)),
                ("measured_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "segment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="shares", to="segments.segment"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(models.F("segment"), models.F("measure"), name="segment_share_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="SegmentTwin",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("share", models.FloatField()),
                (
                    "other",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="segments.segment"
                    ),
                ),
                (
                    "segment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="twins", to="segments.segment"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(models.F("segment"), models.F("other"), name="segment_twin_once")
                ],
            },
        ),
    ]
