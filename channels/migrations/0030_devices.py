import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import channels.push_models


class Migration(migrations.Migration):
    dependencies = [("channels", "0020_list_accounts")]

    operations = [
        migrations.CreateModel(
            name="Device",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "key",
                    models.CharField(default=channels.push_models.new_key, editable=False, max_length=32, unique=True),
                ),
                ("service", models.CharField(max_length=20)),
                ("address", models.TextField()),
                ("digest", models.BinaryField(max_length=32)),
                ("person", models.CharField(blank=True, db_default="", max_length=254)),
                ("person_at", models.DateTimeField(null=True)),
                ("is_tied", models.BooleanField(db_default=False)),
                ("origin", models.CharField(blank=True, db_default="", max_length=120)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("seen_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("gone_at", models.DateTimeField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="devices",
                        to="channels.account",
                        verbose_name="account",
                    ),
                ),
            ],
            options={"default_permissions": ()},
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(blank=True, max_length=200)),
                ("body", models.TextField(blank=True)),
                ("link", models.TextField(blank=True)),
                (
                    "sent_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), db_index=True),
                ),
                ("read_at", models.DateTimeField(null=True)),
                (
                    "device",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notices",
                        to="channels.device",
                    ),
                ),
            ],
            options={"default_permissions": ()},
        ),
        migrations.AddIndex(
            model_name="device",
            index=models.Index(
                models.F("person"), condition=models.Q(("person", ""), _negated=True), name="device_of_a_person"
            ),
        ),
        migrations.AddIndex(
            model_name="device",
            index=models.Index(
                models.F("id"),
                condition=models.Q(("is_tied", False), models.Q(("person", ""), _negated=True)),
                name="device_to_tie",
            ),
        ),
        migrations.AddConstraint(
            model_name="device",
            constraint=models.UniqueConstraint(models.F("account"), models.F("digest"), name="device_once"),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(fields=["device", "-id"], name="notices_of_a_device"),
        ),
    ]
