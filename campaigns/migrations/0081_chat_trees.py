"""Trees of words that answer by themselves, and where in one a person is."""

import django.db.models.deletion
from django.db import migrations, models

import segments.models.loose


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0080_games"),
        ("channels", "0054_former_prices"),
    ]

    operations = [
        migrations.CreateModel(
            name="ChatTree",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, unique=True, verbose_name="name")),
                (
                    "channel",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("email", "E-mail"),
                            ("sms", "SMS"),
                            ("push", "Push"),
                            ("whatsapp", "WhatsApp"),
                            ("telegram", "Telegram"),
                            ("max", "MAX"),
                            ("vk", "VK"),
                        ],
                        help_text="Empty: all channels.",
                        max_length=12,
                        verbose_name="channel",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="in use")),
            ],
            options={
                "verbose_name": "chat tree",
                "verbose_name_plural": "chat trees",
                "ordering": ["name"],
            },
        ),
        migrations.AlterField(
            model_name="answer",
            name="origin",
            field=models.CharField(
                choices=[
                    ("operator", "operator"),
                    ("keyword", "automatic answer"),
                    ("tree", "chat tree"),
                    ("greeting", "greeting"),
                ],
                default="operator",
                max_length=8,
            ),
        ),
        migrations.CreateModel(
            name="ChatNode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField(verbose_name="№")),
                ("under", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="under №")),
                ("label", models.CharField(max_length=40, verbose_name="name of the choice")),
                ("keywords", models.CharField(help_text="Separated by commas.", max_length=200, verbose_name="words")),
                ("text", models.TextField(verbose_name="answer")),
                (
                    "action",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "only answer"),
                            ("subscribe", "subscribe to offers"),
                            ("call", "make a call for a salesperson"),
                            ("human", "hand over to an operator"),
                        ],
                        max_length=10,
                        verbose_name="and then",
                    ),
                ),
                ("goes_on", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="choices of №")),
                (
                    "pool",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="campaigns.promopool",
                        verbose_name="pool of promo codes",
                    ),
                ),
                (
                    "tree",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="nodes", to="campaigns.chattree"
                    ),
                ),
            ],
            options={
                "verbose_name": "node of a chat tree",
                "verbose_name_plural": "nodes of a chat tree",
                "ordering": ["number"],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="ChatTalk",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recipient", models.CharField(max_length=254)),
                ("at", models.DateTimeField()),
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
                    "handed",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="campaigns.reply"
                    ),
                ),
                (
                    "node",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="campaigns.chatnode",
                    ),
                ),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(models.F("account"), models.F("recipient"), name="chat_talk_once")
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="chatnode",
            constraint=models.UniqueConstraint(models.F("tree"), models.F("number"), name="chat_node_once"),
        ),
    ]
