"""An experiment within a campaign: variants of its texts, what they are compared by, and the layer that it shares."""

import secrets
from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns.models.campaign import Campaign


def new_salt() -> str:
    return secrets.token_hex(16)


class Layer(models.Model):
    """Experiments that must not have people in common share one (`campaigns.layers`). `salt` draws the places in it."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    note = models.CharField(_("what it is for"), max_length=200, blank=True)
    salt = models.CharField(max_length=32, default=new_salt, editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name = _("layer of experiments")
        verbose_name_plural = _("layers of experiments")

    def __str__(self) -> str:
        return self.name


class Variant(models.Model):
    """One arm of those who are written to. A campaign without variants has no rows, one with them two to six.

    `share` is a whole per cent of those who are written to; all of a campaign are 100 together. "A" sends the main texts,
    another its own (`Content.variant`), or the main ones where it has none. `hour`, of the recipient's day: empty, at once.
    """

    MAIN = "A"
    LETTERS = "ABCDEF"

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="variants")
    letter = models.CharField(_("variant"), max_length=1)
    name = models.CharField(_("what it tries"), max_length=80, blank=True)
    share = models.PositiveSmallIntegerField(_("share, %"), validators=[MinValueValidator(1), MaxValueValidator(99)])
    hour = models.PositiveSmallIntegerField(
        _("hour of sending"), null=True, blank=True, validators=[MaxValueValidator(23)]
    )

    class Meta:
        ordering = ["letter"]
        verbose_name = _("variant")
        verbose_name_plural = _("variants")
        default_permissions = ()
        constraints = [models.UniqueConstraint("campaign", "letter", name="variant_once")]

    def __str__(self) -> str:
        return f"{self.letter} · {self.name}" if self.name else self.letter


class Experiment(models.Model):
    """What the variants of a campaign are compared by; all shares in per cent, all differences in percentage points.

    `base` is the share of people who do it anyway; empty, as in our earlier campaigns (`campaigns.sizing`). `effect` is the
    least rise over it that is worth acting on. Of a `layer` it takes `layer_percent`, from `slice_from` on; empty where there
    was none free (`campaigns.layers`).
    """

    class Metric(models.TextChoices):
        CLICKED = "clicked", pgettext_lazy("of a person", "clicked a link")
        CALLED = "called", pgettext_lazy("of a person", "called")
        VISITED = "visited", pgettext_lazy("of a person", "came to the showroom")
        BOUGHT = "bought", pgettext_lazy("of a person", "bought")

    campaign = models.OneToOneField(Campaign, models.CASCADE, primary_key=True, related_name="experiment")
    metric = models.CharField(
        _("primary metric: the share of those who"), max_length=8, choices=Metric, default=Metric.CLICKED
    )
    base = models.DecimalField(
        _("usual share, %"), max_digits=4, decimal_places=2, null=True, blank=True,
        validators=[MinValueValidator(Decimal("0.01")), MaxValueValidator(Decimal("99"))],
    )  # fmt: skip
    effect = models.DecimalField(
        _("least effect, percentage points"), max_digits=4, decimal_places=2, default=Decimal(1),
        validators=[MinValueValidator(Decimal("0.01")), MaxValueValidator(Decimal("50"))],
    )  # fmt: skip
    alpha = models.PositiveSmallIntegerField(
        _("false alarms, %"), default=5, validators=[MinValueValidator(1), MaxValueValidator(20)]
    )
    power = models.PositiveSmallIntegerField(
        _("power, %"), default=80, validators=[MinValueValidator(50), MaxValueValidator(99)]
    )
    layer = models.ForeignKey(
        Layer, models.PROTECT, null=True, blank=True, related_name="experiments", verbose_name=_("layer")
    )
    layer_percent = models.PositiveSmallIntegerField(
        _("part of the layer, %"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    slice_from = models.PositiveSmallIntegerField(null=True, editable=False)

    class Meta:
        verbose_name = _("experiment")
        verbose_name_plural = _("experiments")
        default_permissions = ()
