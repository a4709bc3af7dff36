"""Promo codes: pools, codes, which campaign prints them, what was bought with them, and the tills that tell it."""

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import segments.models.loose


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0065_layers"),
        ("segments", "0110_ids_by_the_thousand"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PromoPool",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, unique=True, verbose_name="name")),
                (
                    "kind",
                    models.CharField(
                        choices=[("personal", "a code of her own for everybody"), ("shared", "one code for all")],
                        default="personal",
                        max_length=8,
                        verbose_name="codes",
                    ),
                ),
                (
                    "gives",
                    models.CharField(
                        choices=[
                            ("percent", "a discount, per cent"),
                            ("roubles", "a discount, roubles"),
                            ("gift", "a gift"),
                        ],
                        default="percent",
                        max_length=8,
                        verbose_name="what it gives",
                    ),
                ),
                (
                    "amount",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="how much",
                    ),
                ),
                ("gift", models.CharField(blank=True, max_length=160, verbose_name="which gift")),
                (
                    "minimum_sum",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="for purchases from, ₽"),
                ),
                ("valid_from", models.DateField(blank=True, null=True, verbose_name="valid from")),
                ("valid_to", models.DateField(blank=True, null=True, verbose_name="valid to")),
                (
                    "valid_days",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(730),
                        ],
                        verbose_name="days after it was issued",
                    ),
                ),
                (
                    "per_person",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        default=1,
                        help_text="Whoever has one that is still good gets the same one again. Empty: a new one for each occasion.",
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="codes for one person",
                    ),
                ),
                (
                    "total_limit",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="Of a code for all. Empty: as many as there are.",
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="purchases at most",
                    ),
                ),
                (
                    "prefix",
                    models.CharField(
                        blank=True,
                        max_length=8,
                        validators=[django.core.validators.RegexValidator("^[A-Z0-9]*$", "Latin capitals and digits.")],
                        verbose_name="codes begin with",
                    ),
                ),
                (
                    "length",
                    models.PositiveSmallIntegerField(
                        default=10,
                        validators=[
                            django.core.validators.MinValueValidator(8),
                            django.core.validators.MaxValueValidator(16),
                        ],
                        verbose_name="characters after that",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="in use")),
                ("to_make", models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                (
                    "author",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "brand",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="segments.brand",
                        verbose_name="brand",
                    ),
                ),
                (
                    "centres",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Empty: all of them.",
                        related_name="+",
                        to="segments.centre",
                        verbose_name="dealer centres",
                    ),
                ),
            ],
            options={
                "verbose_name": "pool of promo codes",
                "verbose_name_plural": "pools of promo codes",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="PromoCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=40, verbose_name="promo code")),
                ("key", models.CharField(max_length=40, unique=True)),
                ("message_id", models.BigIntegerField(null=True)),
                ("issued_at", models.DateTimeField(null=True, verbose_name="issued")),
                ("valid_until", models.DateField(null=True, verbose_name="valid to")),
                ("is_withdrawn", models.BooleanField(db_default=False, default=False, verbose_name="withdrawn")),
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="codes",
                        to="campaigns.promopool",
                        verbose_name="pool of promo codes",
                    ),
                ),
            ],
            options={
                "verbose_name": "promo code",
                "verbose_name_plural": "promo codes",
            },
        ),
        migrations.CreateModel(
            name="CampaignPromo",
            fields=[
                (
                    "campaign",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="promo",
                        serialize=False,
                        to="campaigns.campaign",
                    ),
                ),
                (
                    "pool",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="campaigns", to="campaigns.promopool"
                    ),
                ),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="PromoTill",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, unique=True, verbose_name="name")),
                ("is_active", models.BooleanField(default=True, verbose_name="in use")),
                (
                    "secret_hash",
                    models.CharField(blank=True, db_default="", db_index=True, editable=False, max_length=64),
                ),
                ("secret_made_at", models.DateTimeField(editable=False, null=True)),
                (
                    "old_secret_hash",
                    models.CharField(blank=True, db_default="", db_index=True, editable=False, max_length=64),
                ),
                ("old_secret_until", models.DateTimeField(editable=False, null=True)),
                (
                    "centre",
                    models.ForeignKey(
                        blank=True,
                        help_text="Where its purchases are made. Empty: no dealer centre, as on a website.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="segments.centre",
                        verbose_name="dealer centre",
                    ),
                ),
            ],
            options={
                "verbose_name": "point of sale",
                "verbose_name_plural": "points of sale",
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="PromoRedemption",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("happened_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="when")),
                (
                    "amount",
                    models.DecimalField(
                        decimal_places=2, max_digits=12, null=True, verbose_name="sum of the purchase, ₽"
                    ),
                ),
                (
                    "discount",
                    models.DecimalField(decimal_places=2, max_digits=12, null=True, verbose_name="discount, ₽"),
                ),
                ("receipt", models.CharField(max_length=80, verbose_name="receipt")),
                (
                    "door",
                    models.CharField(
                        choices=[("cashier", "cashier"), ("till", "till or website"), ("file", "file")],
                        max_length=8,
                        verbose_name="where from",
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("cancelled_at", models.DateTimeField(null=True, verbose_name="taken back")),
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
                    "campaign",
                    segments.models.loose.Loose(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="campaigns.campaign",
                        verbose_name="campaign",
                    ),
                ),
                (
                    "centre",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="segments.centre",
                        verbose_name="dealer centre",
                    ),
                ),
                (
                    "code",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="redemptions",
                        to="campaigns.promocode",
                        verbose_name="promo code",
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
                        verbose_name="customer",
                    ),
                ),
                (
                    "till",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="campaigns.promotill",
                        verbose_name="point of sale",
                    ),
                ),
            ],
            options={
                "verbose_name": "purchase with a promo code",
                "verbose_name_plural": "purchases with promo codes",
                "ordering": ["-happened_at", "-id"],
                "permissions": [("redeem_promocode", "Can take promo codes at the till")],
            },
        ),
        migrations.AddIndex(
            model_name="promocode",
            index=models.Index(
                models.F("pool"),
                models.F("issued_at"),
                condition=models.Q(("issued_at__isnull", False)),
                name="promo_issued",
            ),
        ),
        migrations.AddIndex(
            model_name="promocode",
            index=models.Index(
                models.F("pool"), models.F("id"), condition=models.Q(("issued_at", None)), name="promo_free"
            ),
        ),
        migrations.AddIndex(
            model_name="promocode",
            index=models.Index(
                models.F("customer"), condition=models.Q(("issued_at__isnull", False)), name="promo_of_customer"
            ),
        ),
        migrations.AddIndex(
            model_name="promocode",
            index=models.Index(
                models.F("campaign"), condition=models.Q(("issued_at__isnull", False)), name="promo_of_campaign"
            ),
        ),
        migrations.AddIndex(
            model_name="promoredemption",
            index=models.Index(
                models.F("campaign"), condition=models.Q(("campaign__isnull", False)), name="promo_redeemed_of"
            ),
        ),
        migrations.AddConstraint(
            model_name="promoredemption",
            constraint=models.UniqueConstraint(
                models.F("code"),
                models.F("receipt"),
                condition=models.Q(("cancelled_at", None)),
                name="promo_receipt_once",
            ),
        ),
    ]
