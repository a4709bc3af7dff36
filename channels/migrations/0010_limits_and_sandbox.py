"""Accounts gain a mode, limits and health; what an account in journal mode would have sent has a table."""

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("channels", "0005_every_account_has_an_address"),
    ]

    operations = [
        migrations.CreateModel(
            name="AccountHealth",
            fields=[
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="health",
                        serialize=False,
                        to="channels.account",
                    ),
                ),
                (
                    "pause",
                    models.CharField(
                        blank=True,
                        choices=[("", "works"), ("probe", "waits for the next try"), ("person", "waits for a person")],
                        db_default="",
                        max_length=8,
                    ),
                ),
                ("paused_until", models.DateTimeField(null=True)),
                ("reason", models.CharField(blank=True, db_default="", max_length=300)),
                ("failures", models.PositiveSmallIntegerField(db_default=0)),
                ("last_sent_at", models.DateTimeField(null=True)),
                ("checked_at", models.DateTimeField(null=True)),
                ("check_answer", models.CharField(blank=True, db_default="", max_length=300)),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.AlterModelOptions(
            name="account",
            options={
                "ordering": ["channel", "name"],
                "permissions": [("switch_mode", "Can let an account send for real")],
                "verbose_name": "account",
                "verbose_name_plural": "accounts",
            },
        ),
        # Accounts that are there send already, and go on; a new one begins in the journal.
        migrations.AddField(
            model_name="account",
            name="mode",
            field=models.CharField(
                choices=[("journal", "journal"), ("live", "live")],
                default="live",
                editable=False,
                max_length=8,
                verbose_name="mode",
            ),
        ),
        migrations.AlterField(
            model_name="account",
            name="mode",
            field=models.CharField(
                choices=[("journal", "journal"), ("live", "live")],
                default="journal",
                editable=False,
                max_length=8,
                verbose_name="mode",
            ),
        ),
        migrations.AddField(
            model_name="account",
            name="per_day",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="Empty: no limit.",
                null=True,
                validators=[django.core.validators.MinValueValidator(1)],
                verbose_name="messages a day",
            ),
        ),
        migrations.AddField(
            model_name="account",
            name="per_minute",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="Empty: only the limit a second holds.",
                null=True,
                validators=[django.core.validators.MinValueValidator(1)],
                verbose_name="messages a minute",
            ),
        ),
        migrations.AddField(
            model_name="account",
            name="priority",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="When another account of this channel fails, this one goes on in its place; the smallest number first. Empty: never.",
                null=True,
                verbose_name="stands in, in order",
            ),
        ),
        migrations.AddField(
            model_name="account",
            name="purpose",
            field=models.CharField(
                choices=[
                    ("both", "advertising and service messages"),
                    ("advertising", "advertising only"),
                    ("service", "service messages only"),
                ],
                default="both",
                max_length=12,
                verbose_name="carries",
            ),
        ),
        migrations.AddField(
            model_name="account",
            name="quiet_from",
            field=models.TimeField(blank=True, null=True, verbose_name="quiet from"),
        ),
        migrations.AddField(
            model_name="account",
            name="quiet_to",
            field=models.TimeField(blank=True, null=True, verbose_name="quiet until"),
        ),
        migrations.AddField(
            model_name="account",
            name="test_recipients",
            field=models.TextField(
                blank=True,
                help_text="One address a line: who gets test messages of this account.",
                verbose_name="test recipients",
            ),
        ),
        migrations.AddField(
            model_name="account",
            name="time_zone",
            field=models.CharField(default="Europe/Moscow", max_length=40, verbose_name="time zone"),
        ),
        migrations.CreateModel(
            name="AccountHour",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("hour", models.DateTimeField()),
                ("sent", models.IntegerField(db_default=0)),
                ("failed", models.IntegerField(db_default=0)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="hours", to="channels.account"
                    ),
                ),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(models.F("account"), models.F("hour"), name="one_hour_of_an_account")
                ],
            },
        ),
        migrations.CreateModel(
            name="Allowance",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("scope", models.CharField(max_length=130)),
                ("next_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("window", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("taken", models.IntegerField(db_default=0)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="channels.account"
                    ),
                ),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(models.F("account"), models.F("scope"), name="one_allowance_of_a_scope")
                ],
            },
        ),
        migrations.CreateModel(
            name="DomainLimit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("domain", models.CharField(max_length=120, verbose_name="domain of the recipient")),
                (
                    "per_minute",
                    models.PositiveIntegerField(
                        validators=[django.core.validators.MinValueValidator(1)], verbose_name="messages a minute"
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="domain_limits", to="channels.account"
                    ),
                ),
            ],
            options={
                "verbose_name": "limit of a domain",
                "verbose_name_plural": "limits of recipients' domains",
                "ordering": ["domain"],
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(models.F("account"), models.F("domain"), name="one_limit_of_a_domain")
                ],
            },
        ),
        migrations.CreateModel(
            name="JournalEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("email", "E-mail"),
                            ("sms", "SMS"),
                            ("push", "Push"),
                            ("whatsapp", "WhatsApp"),
                            ("telegram", "Telegram"),
                            ("max", "MAX"),
                            ("vk", "VK"),
                        ],
                        max_length=12,
                        verbose_name="channel",
                    ),
                ),
                ("recipient", models.CharField(max_length=320, verbose_name="to")),
                ("body", models.BinaryField()),
                (
                    "at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), db_index=True, verbose_name="recorded"
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="channels.account",
                        verbose_name="account",
                    ),
                ),
            ],
            options={
                "verbose_name": "journal entry",
                "verbose_name_plural": "journal",
                "ordering": ["-id"],
                "indexes": [models.Index(models.F("recipient"), models.F("id"), name="journal_of_a_recipient")],
            },
        ),
    ]
