"""Promo codes: what a pool of them gives, the codes, and to whom each was issued."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaign import Campaign
from segments.models import Brand, Centre, Customer, Segment
from segments.models.loose import Loose


class PromoPool(models.Model):
    """What codes of one kind give, to whom and until when (`campaigns.promo`).

    Of a PERSONAL pool everybody has a code of her own, good for one purchase; of a SHARED one all have the same word. Days
    are days of the installation, first and last included. `to_make`: codes that are still to be generated.
    """

    class Kind(models.TextChoices):
        PERSONAL = "personal", _("a code of her own for everybody")
        SHARED = "shared", _("one code for all")

    class Gives(models.TextChoices):
        PERCENT = "percent", pgettext_lazy("promo code", "a discount, per cent")
        ROUBLES = "roubles", pgettext_lazy("promo code", "a discount, roubles")
        GIFT = "gift", pgettext_lazy("promo code", "a gift")
        POINTS = "points", pgettext_lazy("promo code", "bonus points")

    name = models.CharField(_("name"), max_length=80, unique=True)
    kind = models.CharField(_("codes"), max_length=8, choices=Kind, default=Kind.PERSONAL)
    gives = models.CharField(_("what it gives"), max_length=8, choices=Gives, default=Gives.PERCENT)
    amount = models.PositiveIntegerField(_("how much"), null=True, blank=True, validators=[MinValueValidator(1)])
    gift = models.CharField(_("which gift"), max_length=160, blank=True)
    points_days = models.PositiveSmallIntegerField(
        _("points live, days"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(1825)],
        help_text=_("Of bonus points. Empty: for good."),
    )  # fmt: skip
    minimum_sum = models.PositiveIntegerField(_("for purchases from, ₽"), null=True, blank=True)
    brand = models.ForeignKey(Brand, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("brand"))
    centres = models.ManyToManyField(
        Centre, blank=True, related_name="+", verbose_name=_("dealer centres"), help_text=_("Empty: all of them.")
    )
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    valid_days = models.PositiveSmallIntegerField(
        _("days after it was issued"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(730)]
    )
    per_person = models.PositiveSmallIntegerField(
        _("codes for one person"), null=True, blank=True, default=1, validators=[MinValueValidator(1)],
        help_text=_("Whoever has one that is still good gets the same one again. Empty: a new one for each occasion."),
    )  # fmt: skip
    total_limit = models.PositiveIntegerField(
        _("purchases at most"), null=True, blank=True, validators=[MinValueValidator(1)],
        help_text=_("Of a code for all. Empty: as many as there are."),
    )  # fmt: skip
    prefix = models.CharField(
        _("codes begin with"), max_length=8, blank=True, validators=[RegexValidator(r"^[A-Z0-9]*$", _("Latin capitals and digits."))]
    )  # fmt: skip
    length = models.PositiveSmallIntegerField(
        _("characters after that"), default=10, validators=[MinValueValidator(8), MaxValueValidator(16)]
    )
    instruction = models.TextField(
        _("how to use it"), blank=True,
        help_text=_("People read it by the link {{ ссылка_промокод }} of the message. An empty line begins a new paragraph."),
    )  # fmt: skip
    ends_with_purchase = models.BooleanField(
        _("a purchase ends it"), default=False, db_default=False,
        help_text=_("Of a discount that grows from letter to letter: whoever has bought loses the codes that she did not use, and begins anew."),
    )  # fmt: skip
    is_active = models.BooleanField(_("in use"), default=True)
    to_make = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("pool of promo codes")
        verbose_name_plural = _("pools of promo codes")

    def __str__(self) -> str:
        return self.name

    @property
    def is_personal(self) -> bool:
        return self.kind == self.Kind.PERSONAL

    @property
    def worth(self) -> str:
        """What it gives, in a word or two."""
        if self.gives == self.Gives.GIFT:
            return self.gift
        amount = number_format(self.amount or 0, force_grouping=True)
        if self.gives == self.Gives.POINTS:
            points = ngettext("%(points)s bonus point", "%(points)s bonus points", self.amount or 0)
            return points % {"points": amount}
        return gettext("discount %(amount)s %%") % {"amount": amount} if self.gives == self.Gives.PERCENT else (
            gettext("discount %(amount)s ₽") % {"amount": amount}
        )  # fmt: skip


class PromoCode(models.Model):
    """One code. `code` is what people read, `key` what is compared (`campaigns.promo.spelling`).

    It is free until it is issued, with the message of the campaign that printed it first; whoever reads whose it is follows
    `merged_into`. `valid_until` is its last day, empty: no end. The one code of a shared pool is never issued.
    """

    pool = models.ForeignKey(PromoPool, models.PROTECT, related_name="codes", verbose_name=_("pool of promo codes"))
    code = models.CharField(_("promo code"), max_length=40)
    key = models.CharField(max_length=40, unique=True)
    customer = Loose(Customer, null=True, db_index=False)
    campaign = Loose(Campaign, null=True, db_index=False)
    message_id = models.BigIntegerField(null=True)
    issued_at = models.DateTimeField(_("issued"), null=True)
    valid_until = models.DateField(_("valid to"), null=True)
    is_withdrawn = models.BooleanField(_("withdrawn"), default=False, db_default=False)

    class Meta:
        verbose_name = _("promo code")
        verbose_name_plural = _("promo codes")
        indexes = [
            models.Index("pool", "id", name="promo_free", condition=models.Q(issued_at=None)),
            models.Index("pool", "issued_at", name="promo_issued", condition=models.Q(issued_at__isnull=False)),
            models.Index("customer", name="promo_of_customer", condition=models.Q(issued_at__isnull=False)),
            models.Index("campaign", name="promo_of_campaign", condition=models.Q(issued_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.code


class PromoFile(models.Model):
    """A file of codes that somebody uploaded for a pool; a job takes it in (`campaigns.promo.bringing`). The file itself is gone
    when that is done. `told` has what became of its lines (`bringing.Brought`), or the sentence of a refusal."""

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("file of promo codes", "is being brought in")
        DONE = "done", pgettext_lazy("file of promo codes", "brought in")
        REFUSED = "refused", pgettext_lazy("file of promo codes", "not brought in")

    pool = models.ForeignKey(PromoPool, models.CASCADE, related_name="files")
    name = models.CharField(max_length=200)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING, db_default=State.WAITING)
    told = models.JSONField(default=dict)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    uploaded_at = models.DateTimeField(db_default=Now())
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        default_permissions = ()
        indexes = [models.Index("id", name="promo_file_waiting", condition=models.Q(state="waiting"))]


class SegmentDiscount(models.Model):
    """How often a segment buys, and how often with a discount: in the last half-year, and in the half before it. Counted every night
    (`campaigns.promo.discounts`)."""

    segment = models.OneToOneField(Segment, models.CASCADE, primary_key=True, related_name="+")
    purchases = models.IntegerField()
    discounted = models.IntegerField()
    purchases_before = models.IntegerField()
    discounted_before = models.IntegerField()
    counted_at = models.DateTimeField()

    class Meta:
        default_permissions = ()


class CampaignPromo(models.Model):
    """The pool whose codes a campaign prints."""

    campaign = models.OneToOneField(Campaign, models.CASCADE, primary_key=True, related_name="promo")
    pool = models.ForeignKey(PromoPool, models.PROTECT, related_name="campaigns")

    class Meta:
        default_permissions = ()
