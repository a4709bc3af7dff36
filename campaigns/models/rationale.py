"""Why a campaign goes out at all: what its author answers before anybody approves it (`campaigns.launch_gate`)."""

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaign import Campaign


class Rationale(models.Model):
    """The author's answers; a campaign without this row was never asked (it came from the command line, or is older).

    Each reason says why the answer to its question is "no". `deal_margin`, roubles: what one deal of this offer brings,
    None: as much as deals do on the average (`campaigns.forecast`). `planned` is the forecast that stood on the request
    for approval, in the form of `Forecast.kept`; empty before the first request.
    """

    LONGEST_REASON = 300

    campaign = models.OneToOneField(Campaign, models.CASCADE, primary_key=True, related_name="rationale")
    hypothesis = models.TextField(_("hypothesis"), blank=True, max_length=1000)
    no_hypothesis = models.CharField(_("why without a hypothesis"), max_length=LONGEST_REASON, blank=True)
    no_segments = models.CharField(_("why to everybody"), max_length=LONGEST_REASON, blank=True)
    no_test = models.CharField(_("why without a control group"), max_length=LONGEST_REASON, blank=True)
    no_power = models.CharField(
        _("why with so few people"), max_length=LONGEST_REASON, blank=True, default="", db_default=""
    )
    deal_margin = models.PositiveIntegerField(
        _("profit of one deal, ₽"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    planned = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = _("answers of the launch gate")
        verbose_name_plural = _("answers of launch gates")
        default_permissions = ()
