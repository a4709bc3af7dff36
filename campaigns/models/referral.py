"""Friends who bring friends: the programme that says what for, its requests, and how often its links were followed."""

from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from segments.models import Brand, Centre, Customer
from segments.models.loose import Loose

YEAR = 365


class ReferralProgramme(models.Model):
    """What whoever brings a friend is given, and when. One is in use at a time: the personal links of all customers lead to it."""

    class Condition(models.TextChoices):
        REQUEST = "request", _("the friend left a request")
        VISIT = "visit", _("the friend came to a dealer centre for the first time")
        PURCHASE = "purchase", _("the friend bought a car for the first time")

    name = models.CharField(_("name"), max_length=80, unique=True, help_text=_("For us: people do not see it."))
    is_active = models.BooleanField(_("in use"), default=False, help_text=_("One programme at a time."))
    condition = models.CharField(_("points are given when"), max_length=8, choices=Condition, default=Condition.VISIT)
    days = models.PositiveSmallIntegerField(
        _("within, days of the request"), default=90, validators=[MinValueValidator(1), MaxValueValidator(YEAR)]
    )
    points = models.PositiveIntegerField(_("points for whoever brought the friend"), validators=[MinValueValidator(1)])
    welcome = models.PositiveIntegerField(_("points for the friend"), default=0, help_text=_("0: none."))
    points_days = models.PositiveSmallIntegerField(
        _("points live, days"), null=True, blank=True, help_text=_("Empty: without end."),
        validators=[MinValueValidator(1), MaxValueValidator(5 * YEAR)],
    )  # fmt: skip
    ceiling = models.PositiveSmallIntegerField(
        _("rewarded friends of one person, at most"), default=10, help_text=_("0: any number.")
    )
    point_cost = models.DecimalField(
        _("a point costs us, ₽"), max_digits=7, decimal_places=2, default=Decimal(1), validators=[MinValueValidator(0)]
    )
    sender = models.CharField(_("who invites"), max_length=80, help_text=_("Stands at the top of the page."))
    brand = models.ForeignKey(
        Brand, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("brand"),
        help_text=_("Empty: the whole holding. Consents of the page are for this brand."),
    )  # fmt: skip
    centre = models.ForeignKey(
        Centre, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("dealer centre of the friends"),
        help_text=_("Its salespeople call them. Empty: the dealer centre of whoever invited."),
    )  # fmt: skip
    title = models.CharField(_("title of the page"), max_length=80)
    invitation = models.TextField(_("what the friend reads"), blank=True)
    thanks = models.TextField(_("what the friend reads after the request"), blank=True)
    terms = models.TextField(_("terms"), blank=True, help_text=_("In small letters under the form."))
    consent = models.CharField(
        _("text of the consent to a call"), max_length=300,
        help_text=_("Without it no request is taken. What was agreed to is kept with each request."),
    )  # fmt: skip
    advertising = models.CharField(
        _("text of the consent to advertising"), max_length=300, blank=True,
        help_text=_("A tick of its own, never set by us. Empty: it is not asked for."),
    )  # fmt: skip
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["-is_active", "-id"]
        verbose_name = _("referral programme")
        verbose_name_plural = _("referral programmes")
        constraints = [
            models.UniqueConstraint(
                "is_active", name="one_referral_programme", condition=models.Q(is_active=True),
                violation_error_message=_("Another programme is in use: take it out of use first."),
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class Referral(models.Model):
    """A request by the link of a customer, once for a phone: of two links the first wins. Whoever reads whose it is follows
    `merged_into`.

    `customer` is the card made of it, or the one customer who has the phone already. `due_at`: when to look again whether what
    was promised holds. `met_at`: since when it does. `given`: how often points were, of which `points` and `welcome` stand.
    """

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("referral", "being taken in")
        NEWCOMER = "newcomer", pgettext_lazy("referral", "a new customer")
        REFUSED = "refused", pgettext_lazy("referral", "does not count")

    class Why(models.TextChoices):
        EXISTING = "existing", pgettext_lazy("referral", "was in the base before")
        OWN = "own", pgettext_lazy("referral", "the person's own phone")
        HOUSEHOLD = "household", pgettext_lazy("referral", "of the same household")
        ANOTHER = "another", pgettext_lazy("referral", "was brought by another friend before")
        NOBODY = "nobody", pgettext_lazy("referral", "whoever invited is not in the base any more")
        CEILING = "ceiling", pgettext_lazy("referral", "above the ceiling of a person")

    programme = models.ForeignKey(
        ReferralProgramme, models.PROTECT, related_name="referrals", verbose_name=_("programme")
    )
    referrer = Loose(Customer, null=True, db_index=False, related_name="friends_brought", verbose_name=_("who invited"))
    customer = Loose(Customer, null=True, db_index=False, related_name="brought_by", verbose_name=_("friend"))
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    name = models.CharField(_("name"), max_length=120, blank=True)
    agreed = models.CharField(_("text of the consent to a call"), max_length=300)
    advertising = models.CharField(_("text of the consent to advertising"), max_length=300, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.WAITING)
    why = models.CharField(_("why"), max_length=10, choices=Why, blank=True)
    asked_at = models.DateTimeField(_("request"), db_default=Now())
    times = models.PositiveIntegerField(_("requests"), default=1, db_default=1)
    visited_at = models.DateTimeField(_("first visit"), null=True)
    bought_at = models.DateTimeField(_("first purchase"), null=True)
    met_at = models.DateTimeField(null=True)
    rewarded_at = models.DateTimeField(_("points given"), null=True)
    points = models.PositiveIntegerField(_("points"), default=0, db_default=0)
    welcome = models.PositiveIntegerField(default=0, db_default=0)
    given = models.PositiveSmallIntegerField(default=0, db_default=0)
    due_at = models.DateTimeField(null=True, db_default=Now())
    judged_at = models.DateTimeField(null=True)  # when its state last became another

    class Meta:
        ordering = ["-id"]
        verbose_name = _("request of a friend")
        verbose_name_plural = _("requests of friends")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint("phone", name="referral_once", condition=~models.Q(phone="")),
        ]
        indexes = [
            models.Index("referrer", name="referral_of_referrer"),
            models.Index("customer", name="referral_of_customer"),
            models.Index("due_at", name="referral_due", condition=models.Q(due_at__isnull=False)),
            models.Index("judged_at", name="referral_judged", condition=models.Q(judged_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"№ {self.pk}"


class ReferralDay(models.Model):
    """How often links of a programme were followed on a day: once an hour of one link and address."""

    programme = models.ForeignKey(ReferralProgramme, models.CASCADE, related_name="days_counted")
    day = models.DateField()
    followed = models.PositiveIntegerField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint("programme", "day", name="referral_day_once")]
