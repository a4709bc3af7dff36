"""Games: what the page shows, prizes with odds and stocks, and who drew what."""

from decimal import Decimal

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import segments.models.loose


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0079_promo_files"),
        ("segments", "0113_game_draws"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Game",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "name",
                    models.CharField(
                        help_text="For us: people do not see it.", max_length=80, unique=True, verbose_name="name"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("boxes", "boxes to choose from"), ("wheel", "a wheel")],
                        default="boxes",
                        max_length=8,
                        verbose_name="what it is",
                    ),
                ),
                (
                    "boxes",
                    models.PositiveSmallIntegerField(
                        default=3,
                        validators=[
                            django.core.validators.MinValueValidator(2),
                            django.core.validators.MaxValueValidator(9),
                        ],
                        verbose_name="how many boxes",
                    ),
                ),
                ("title", models.CharField(max_length=80, verbose_name="title of the page")),
                ("invitation", models.TextField(blank=True, verbose_name="what people read before they play")),
                (
                    "button",
                    models.CharField(blank=True, max_length=40, verbose_name="words on the button of the wheel"),
                ),
                (
                    "terms",
                    models.TextField(
                        blank=True, help_text="In small letters under the game.", verbose_name="terms of the game"
                    ),
                ),
                (
                    "colour",
                    models.CharField(
                        blank=True,
                        help_text="Such as #0b6b7a. Empty: ours.",
                        max_length=7,
                        validators=[
                            django.core.validators.RegexValidator("^#[0-9a-fA-F]{6}$", "A colour such as #0b6b7a.")
                        ],
                        verbose_name="colour of the brand",
                    ),
                ),
                ("starts_at", models.DateTimeField(verbose_name="may be played from")),
                ("ends_at", models.DateTimeField(verbose_name="may be played until")),
                ("is_active", models.BooleanField(default=True, verbose_name="in use")),
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
            ],
            options={
                "verbose_name": "game",
                "verbose_name_plural": "games",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="CampaignGame",
            fields=[
                (
                    "campaign",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="game_choice",
                        serialize=False,
                        to="campaigns.campaign",
                    ),
                ),
                (
                    "game",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="campaigns", to="campaigns.game"
                    ),
                ),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Prize",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("text", models.CharField(blank=True, max_length=300, verbose_name="what whoever draws it reads")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("nothing", "nothing"),
                            ("code", "a promo code"),
                            ("points", "bonus points"),
                            ("thing", "a thing, handed over at a dealer centre"),
                        ],
                        default="nothing",
                        max_length=8,
                        verbose_name="what it is",
                    ),
                ),
                (
                    "odds",
                    models.DecimalField(
                        decimal_places=2,
                        max_digits=5,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("0")),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="odds, %",
                    ),
                ),
                ("stock", models.PositiveIntegerField(blank=True, null=True, verbose_name="how many")),
                (
                    "given",
                    models.PositiveIntegerField(db_default=0, default=0, editable=False, verbose_name="drawn already"),
                ),
                (
                    "points",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="points",
                    ),
                ),
                (
                    "points_days",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(1825),
                        ],
                        verbose_name="points live, days",
                    ),
                ),
                (
                    "cost",
                    models.DecimalField(
                        decimal_places=2, default=Decimal("0"), max_digits=9, verbose_name="costs us, ₽"
                    ),
                ),
                ("is_fallback", models.BooleanField(default=False, verbose_name="instead of those that ran out")),
                (
                    "game",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="prizes", to="campaigns.game"
                    ),
                ),
                (
                    "pool",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="prizes",
                        to="campaigns.promopool",
                        verbose_name="pool of promo codes",
                    ),
                ),
            ],
            options={
                "verbose_name": "prize",
                "verbose_name_plural": "prizes",
                "ordering": ["id"],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Play",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("message_id", models.BigIntegerField()),
                ("choice", models.PositiveSmallIntegerField(null=True)),
                ("roll", models.PositiveSmallIntegerField()),
                ("odds", models.JSONField()),
                (
                    "why",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("exhausted", "none was left"),
                            ("no_promo_code", "the pool had no code"),
                            ("promo_limit", "she had had her code of the pool"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "played_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="when"),
                ),
                (
                    "campaign",
                    segments.models.loose.Loose(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="campaigns.campaign",
                        verbose_name="campaign",
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
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="segments.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "game",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="plays",
                        to="campaigns.game",
                        verbose_name="game",
                    ),
                ),
                (
                    "drawn",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="campaigns.prize"
                    ),
                ),
                (
                    "prize",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="plays",
                        to="campaigns.prize",
                        verbose_name="prize",
                    ),
                ),
            ],
            options={
                "verbose_name": "draw of a game",
                "verbose_name_plural": "draws of games",
                "default_permissions": (),
            },
        ),
        migrations.AddConstraint(
            model_name="prize",
            constraint=models.CheckConstraint(
                condition=models.Q(("stock", None), ("given__lte", models.F("stock")), _connector="OR"),
                name="prize_in_stock",
            ),
        ),
        migrations.AddConstraint(
            model_name="prize",
            constraint=models.UniqueConstraint(
                models.F("game"), condition=models.Q(("is_fallback", True)), name="prize_one_fallback"
            ),
        ),
        migrations.AddIndex(
            model_name="play",
            index=models.Index(models.F("customer"), name="play_of_customer"),
        ),
        migrations.AddIndex(
            model_name="play",
            index=models.Index(models.F("campaign"), name="play_of_campaign"),
        ),
        migrations.AddConstraint(
            model_name="play",
            constraint=models.UniqueConstraint(models.F("game"), models.F("customer"), name="play_once"),
        ),
    ]
