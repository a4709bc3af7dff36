import django.db.models.deletion
from django.db import migrations, models

import segments.models.loose


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0010_stand_ins"),
        ("channels", "0010_limits_and_sandbox"),
    ]

    operations = [
        migrations.CreateModel(
            name="Inquiry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("message_id", models.BigIntegerField()),
                (
                    "answer",
                    models.CharField(
                        blank=True,
                        choices=[("", "None"), ("known", "Known"), ("unheard", "Unheard")],
                        db_default="",
                        max_length=8,
                    ),
                ),
                ("word", models.CharField(blank=True, db_default="", max_length=120)),
                ("times", models.SmallIntegerField(db_default=0)),
                ("asked_at", models.DateTimeField(null=True)),
                ("due_at", models.DateTimeField(null=True)),
                (
                    "account",
                    segments.models.loose.Loose(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="channels.account",
                    ),
                ),
                (
                    "run",
                    segments.models.loose.Loose(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="campaigns.run",
                    ),
                ),
            ],
            options={
                "default_permissions": (),
                "indexes": [
                    models.Index("account", "due_at", condition=models.Q(due_at__isnull=False), name="inquiry_due")
                ],
                "constraints": [models.UniqueConstraint("message_id", "account", name="inquiry_once")],
            },
        ),
    ]
