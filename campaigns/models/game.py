"""A game in a message: boxes to choose from, or a wheel; its prizes, and who drew what."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns.models.campaign import Campaign
from campaigns.models.promo import PromoCode, PromoPool
from segments.models import Brand, Customer
from segments.models.loose import Loose


class Game(models.Model):
    """What the page shows, and when it may be played. The prizes, their odds and stocks are `Prize`s."""

    class Kind(models.TextChoices):
        BOXES = "boxes", pgettext_lazy("game", "boxes to choose from")
        WHEEL = "wheel", pgettext_lazy("game", "a wheel")

    name = models.CharField(_("name"), max_length=80, unique=True, help_text=_("For us: people do not see it."))
    kind = models.CharField(_("what it is"), max_length=8, choices=Kind, default=Kind.BOXES)
    boxes = models.PositiveSmallIntegerField(
        _("how many boxes"), default=3, validators=[MinValueValidator(2), MaxValueValidator(9)]
    )
    title = models.CharField(_("title of the page"), max_length=80)
    invitation = models.TextField(_("what people read before they play"), blank=True)
    button = models.CharField(_("words on the button of the wheel"), max_length=40, blank=True)
    terms = models.TextField(_("terms of the game"), blank=True, help_text=_("In small letters under the game."))
    brand = models.ForeignKey(Brand, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("brand"))
    colour = models.CharField(
        _("colour of the brand"), max_length=7, blank=True,
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$", _("A colour such as #0b6b7a."))],
        help_text=_("Such as #0b6b7a. Empty: ours."),
    )  # fmt: skip
    starts_at = models.DateTimeField(_("may be played from"))
    ends_at = models.DateTimeField(_("may be played until"))
    is_active = models.BooleanField(_("in use"), default=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("game")
        verbose_name_plural = _("games")

    def __str__(self) -> str:
        return self.name


class Prize(models.Model):
    """`odds` in per cent; those of a game make 100. `given` is counted as it is drawn (`game.drawing`), never above `stock`.

    What cannot be given (its stock is over, its pool has no code) falls to the game's prize with `is_fallback`.
    """

    class Kind(models.TextChoices):
        NOTHING = "nothing", pgettext_lazy("prize", "nothing")
        CODE = "code", pgettext_lazy("prize", "a promo code")
        POINTS = "points", pgettext_lazy("prize", "bonus points")
        THING = "thing", pgettext_lazy("prize", "a thing, handed over at a dealer centre")  # a code of a pool of gifts

    game = models.ForeignKey(Game, models.CASCADE, related_name="prizes")
    name = models.CharField(_("name"), max_length=60)
    text = models.CharField(_("what whoever draws it reads"), max_length=300, blank=True)
    kind = models.CharField(_("what it is"), max_length=8, choices=Kind, default=Kind.NOTHING)
    odds = models.DecimalField(
        _("odds, %"), max_digits=5, decimal_places=2, validators=[MinValueValidator(Decimal(0)), MaxValueValidator(100)]
    )
    stock = models.PositiveIntegerField(_("how many"), null=True, blank=True)
    given = models.PositiveIntegerField(_("drawn already"), default=0, db_default=0, editable=False)
    pool = models.ForeignKey(
        PromoPool, models.PROTECT, null=True, blank=True, related_name="prizes", verbose_name=_("pool of promo codes")
    )
    points = models.PositiveIntegerField(_("points"), null=True, blank=True, validators=[MinValueValidator(1)])
    points_days = models.PositiveSmallIntegerField(
        _("points live, days"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(1825)]
    )
    cost = models.DecimalField(_("costs us, ₽"), max_digits=9, decimal_places=2, default=Decimal(0))
    is_fallback = models.BooleanField(_("instead of those that ran out"), default=False)

    class Meta:
        ordering = ["id"]
        verbose_name = _("prize")
        verbose_name_plural = _("prizes")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=models.Q(stock=None) | models.Q(given__lte=models.F("stock")), name="prize_in_stock"),
            models.UniqueConstraint("game", name="prize_one_fallback", condition=models.Q(is_fallback=True)),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name

    @property
    def left(self) -> int | None:
        """None: without end."""
        return None if self.stock is None else max(self.stock - self.given, 0)


class Play(models.Model):
    """One draw: once a game and person. `roll` is 0 to 9,999, `odds` what it was compared with: [prize, weight, left] each.

    `drawn` is what the roll fell on, `prize` what was given; where they differ `why` says why. Whoever reads whose it is
    follows `merged_into`.
    """

    class Why(models.TextChoices):
        EXHAUSTED = "exhausted", pgettext_lazy("prize", "none was left")
        NO_CODE = "no_promo_code", pgettext_lazy("prize", "the pool had no code")
        HAD_CODE = "promo_limit", pgettext_lazy("prize", "she had had her code of the pool")

    game = models.ForeignKey(Game, models.PROTECT, related_name="plays", verbose_name=_("game"))
    customer = Loose(Customer, db_index=False, verbose_name=_("customer"))
    campaign = Loose(Campaign, db_index=False, verbose_name=_("campaign"))
    message_id = models.BigIntegerField()
    choice = models.PositiveSmallIntegerField(null=True)  # which box; it decides nothing
    roll = models.PositiveSmallIntegerField()
    odds: Any = models.JSONField()
    drawn = models.ForeignKey(Prize, models.PROTECT, related_name="+")
    prize = models.ForeignKey(Prize, models.PROTECT, related_name="plays", verbose_name=_("prize"))
    why = models.CharField(max_length=16, blank=True, choices=Why)
    code = Loose(PromoCode, null=True)
    played_at = models.DateTimeField(_("when"), db_default=Now())

    class Meta:
        verbose_name = _("draw of a game")
        verbose_name_plural = _("draws of games")
        default_permissions = ()
        constraints = [models.UniqueConstraint("game", "customer", name="play_once")]
        indexes = [
            models.Index("customer", name="play_of_customer"),
            models.Index("campaign", name="play_of_campaign"),
        ]


class CampaignGame(models.Model):
    """The game that a campaign's link leads to."""

    campaign = models.OneToOneField(Campaign, models.CASCADE, primary_key=True, related_name="game_choice")
    game = models.ForeignKey(Game, models.PROTECT, related_name="campaigns")

    class Meta:
        default_permissions = ()
