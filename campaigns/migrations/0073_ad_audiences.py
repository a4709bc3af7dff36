"""Audience exports: campaigns without a sender or a text, whose people are a list in an ad account."""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0072_promo_help"),
        ("channels", "0053_other_senders"),
        ("segments", "0111_lists_without_segment"),
    ]

    operations = [
        migrations.AlterField(
            model_name="campaign",
            name="account",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="channels.account",
                verbose_name="account",
            ),
        ),
        migrations.AlterField(
            model_name="campaign",
            name="channel",
            field=models.CharField(
                choices=[
                    ("email", "E-mail"),
                    ("sms", "SMS"),
                    ("push", "Push"),
                    ("whatsapp", "WhatsApp"),
                    ("telegram", "Telegram"),
                    ("max", "MAX"),
                    ("vk", "VK"),
                    ("ads", "Ad accounts"),
                ],
                default="email",
                max_length=12,
                verbose_name="channel",
            ),
        ),
        migrations.AlterField(
            model_name="campaign",
            name="kind",
            field=models.CharField(
                choices=[
                    ("mass", "mass"),
                    ("trigger", "trigger"),
                    ("cascade", "cascade"),
                    ("audience", "audience export"),
                ],
                default="mass",
                editable=False,
                max_length=8,
                verbose_name="kind",
            ),
        ),
        migrations.AlterField(
            model_name="historicalcampaign",
            name="channel",
            field=models.CharField(
                choices=[
                    ("email", "E-mail"),
                    ("sms", "SMS"),
                    ("push", "Push"),
                    ("whatsapp", "WhatsApp"),
                    ("telegram", "Telegram"),
                    ("max", "MAX"),
                    ("vk", "VK"),
                    ("ads", "Ad accounts"),
                ],
                default="email",
                max_length=12,
                verbose_name="channel",
            ),
        ),
        migrations.AlterField(
            model_name="historicalcampaign",
            name="kind",
            field=models.CharField(
                choices=[
                    ("mass", "mass"),
                    ("trigger", "trigger"),
                    ("cascade", "cascade"),
                    ("audience", "audience export"),
                ],
                default="mass",
                editable=False,
                max_length=8,
                verbose_name="kind",
            ),
        ),
        migrations.AlterField(
            model_name="run",
            name="account",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="channels.account"
            ),
        ),
        migrations.AlterField(
            model_name="run",
            name="content",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="campaigns.content"
            ),
        ),
        migrations.CreateModel(
            name="AdAudience",
            fields=[
                (
                    "campaign",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="ad_audience",
                        serialize=False,
                        to="campaigns.campaign",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("phone", "phone numbers"), ("email", "e-mail addresses")],
                        default="phone",
                        max_length=8,
                        verbose_name="what is uploaded",
                    ),
                ),
                ("list_name", models.CharField(blank=True, max_length=120, verbose_name="list in the ad account")),
                (
                    "budget",
                    models.PositiveIntegerField(
                        validators=[django.core.validators.MinValueValidator(1)], verbose_name="budget, ₽"
                    ),
                ),
                ("ends_on", models.DateField(verbose_name="last day")),
                ("spent", models.PositiveIntegerField(blank=True, null=True, verbose_name="spent, ₽")),
                ("seen_sync", models.BigIntegerField(default=0, editable=False)),
                ("told", models.TextField(blank=True, db_default="", editable=False)),
                ("emptied_at", models.DateTimeField(editable=False, null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="channels.listaccount",
                        verbose_name="ad account",
                    ),
                ),
                (
                    "external_list",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="segments.externallist",
                    ),
                ),
            ],
            options={
                "verbose_name": "audience in an ad account",
                "verbose_name_plural": "audiences in ad accounts",
                "default_permissions": (),
            },
        ),
    ]
