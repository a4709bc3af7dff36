"""What an audience export has that no other campaign has: the ad account, its list there, the budget, the period."""

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns.models.campaign import Campaign
from channels.models import ListAccount
from segments.models import ExternalList
from segments.models.people import ContactKind


class AdAudience(models.Model):
    """Of a campaign of the kind `AUDIENCE`, from its draft on. Its people are on the list from the start of the campaign
    (`Campaign.starts_at`) to the end of the day `ends_on`; then, or when it is stopped, they are taken off again.

    `list_name` is what the ad account calls the list. `external_list` is made as the campaign starts
    (`campaigns.ad_audiences`), `emptied_at` is when nobody of it was on the list any more, `seen_sync` the last
    `segments.ListSync` whose result is in the outbox, `told` what the ad account said while somebody was there. Money is whole roubles; `spent` is told by a person.
    """

    class Kind(models.TextChoices):
        PHONE = ContactKind.PHONE, pgettext_lazy("what is uploaded", "phone numbers")
        EMAIL = ContactKind.EMAIL, pgettext_lazy("what is uploaded", "e-mail addresses")

    campaign = models.OneToOneField(Campaign, models.CASCADE, primary_key=True, related_name="ad_audience")
    account = models.ForeignKey(ListAccount, models.PROTECT, related_name="+", verbose_name=_("ad account"))
    kind = models.CharField(_("what is uploaded"), max_length=8, choices=Kind, default=Kind.PHONE)
    list_name = models.CharField(_("list in the ad account"), max_length=120, blank=True)
    budget = models.PositiveIntegerField(_("budget, ₽"), validators=[MinValueValidator(1)])
    ends_on = models.DateField(_("last day"))
    spent = models.PositiveIntegerField(_("spent, ₽"), null=True, blank=True)
    external_list = models.ForeignKey(ExternalList, models.PROTECT, null=True, related_name="+", editable=False)
    seen_sync = models.BigIntegerField(default=0, editable=False)
    told = models.TextField(blank=True, db_default="", editable=False)
    emptied_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("audience in an ad account")
        verbose_name_plural = _("audiences in ad accounts")
        default_permissions = ()

    @property
    def provider(self) -> str:
        """Its name in `segments.outward.providers`."""
        return f"account-{self.account_id}-{self.kind}"
