"""“The promo code does not work”: an instruction with pictures, and what people say goes wrong."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import segments.models.loose


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0071_promo_codes"),
        ("segments", "0110_ids_by_the_thousand"),
    ]

    operations = [
        migrations.AddField(
            model_name="promopool",
            name="instruction",
            field=models.TextField(
                blank=True,
                help_text="People read it by the link {{ ссылка_промокод }} of the message. An empty line begins a new paragraph.",
                verbose_name="how to use it",
            ),
        ),
        migrations.CreateModel(
            name="PromoPicture",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("caption", models.CharField(max_length=160, verbose_name="what it shows")),
                ("kind", models.CharField(editable=False, max_length=20)),
                ("content", models.BinaryField()),
                (
                    "pool",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="pictures", to="campaigns.promopool"
                    ),
                ),
            ],
            options={
                "verbose_name": "picture of the instruction",
                "verbose_name_plural": "pictures of the instruction",
                "ordering": ["id"],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="PromoTrouble",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("message_id", models.BigIntegerField(unique=True)),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("not_known", "The site or the cashier says that there is no such code"),
                            ("where", "I do not see where to type it"),
                            ("no_discount", "The code was taken, but the price is the same"),
                            ("over", "They say that it has expired"),
                            ("used", "They say that it has been used"),
                            ("other", "Something else"),
                        ],
                        max_length=12,
                    ),
                ),
                ("comment", models.CharField(blank=True, max_length=500)),
                ("cause", models.CharField(blank=True, max_length=12)),
                ("reported_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "campaign",
                    segments.models.loose.Loose(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="campaigns.campaign",
                    ),
                ),
                (
                    "code",
                    segments.models.loose.Loose(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="campaigns.promocode",
                    ),
                ),
                (
                    "customer",
                    segments.models.loose.Loose(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="segments.customer",
                    ),
                ),
                (
                    "pool",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="troubles", to="campaigns.promopool"
                    ),
                ),
            ],
            options={
                "verbose_name": "promo code that does not work",
                "verbose_name_plural": "promo codes that do not work",
                "default_permissions": (),
            },
        ),
    ]
