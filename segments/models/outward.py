"""What leaves the house: lists of others that are kept in step with a segment, and the log of who took whose data."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from segments.models.cutting import Segment
from segments.models.loose import Loose
from segments.models.people import ContactPoint


class ExternalList(models.Model):
    """A list at a provider (`segments.outward.providers`) that has the addresses of a segment, and no others. One without
    a segment an upper app keeps for something of its own (`segments.outward.members`).

    `audience` is what the provider calls the list. Due times and outcomes are written by `segments.outward.syncing`.
    """

    name = models.CharField(_("name"), max_length=120, unique=True)
    segment = models.ForeignKey(
        Segment, models.PROTECT, null=True, related_name="external_lists", verbose_name=_("segment")
    )
    provider = models.CharField(_("provider"), max_length=30)
    audience = models.CharField(_("list at the provider"), max_length=120)
    is_active = models.BooleanField(_("kept in step"), default=True)
    size = models.IntegerField(_("addresses there"), default=0, editable=False)
    due_at = models.DateTimeField(default=timezone.now, editable=False)
    synced_at = models.DateTimeField(_("in step since"), null=True, editable=False)
    error = models.TextField(blank=True, editable=False)
    told = models.TextField(
        blank=True, db_default="", editable=False
    )  # what the provider said of the list after the last exchange
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", editable=False, verbose_name=_("author")
    )

    class Meta:
        ordering = ["name"]
        verbose_name = _("external list")
        verbose_name_plural = _("external lists")
        constraints = [models.UniqueConstraint("provider", "audience", name="external_list_once")]
        indexes = [models.Index("due_at", name="external_list_due", condition=models.Q(is_active=True))]

    def __str__(self) -> str:
        return self.name


class ExternalAddress(models.Model):
    """An address that a provider has. Of an erased person the `farewell` keeps it until the provider has dropped it."""

    external_list = models.ForeignKey(ExternalList, models.CASCADE, related_name="addresses")
    contact_point = Loose(ContactPoint, null=True, db_index=False)
    farewell = models.CharField(max_length=254, blank=True, db_default="")
    sent_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        constraints = [models.UniqueConstraint("external_list", "contact_point", name="external_address_once")]
        indexes = [models.Index("contact_point", name="external_address_of_contact")]


class ListSync(models.Model):
    """The journal of one list: what a synchronisation did. Ids are of contact points."""

    external_list = models.ForeignKey(ExternalList, models.CASCADE, related_name="syncs")
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    opted_out = models.IntegerField(default=0)
    added = models.IntegerField(default=0)
    removed = models.IntegerField(default=0)
    refused = models.JSONField(default=dict)  # {reason of the provider: addresses}
    added_ids = ArrayField(models.BigIntegerField(), default=list)
    removed_ids = ArrayField(models.BigIntegerField(), default=list)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["external_list", "-id"], name="list_sync_of_list")]


class DataExport(models.Model):
    """Who took whose data when. Append-only; written before the data leave."""

    class Kind(models.TextChoices):
        EXTERNAL_LIST = "external_list", _("external list")
        IDENTITIES = "identities", _("cards and their customers")
        REJECTED_ROWS = "rejected_rows", _("refused rows of an import")
        PROMO_CODES = "promo_codes", _("promo codes of a pool")
        GAME_DRAWS = "game_draws", _("draws of a game")
        REPORT = "report", _("report by e-mail")

    happened_at = models.DateTimeField(_("when"), default=timezone.now)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("who")
    )
    kind = models.CharField(_("what"), max_length=16, choices=Kind)
    about = models.CharField(_("of what"), max_length=200)
    recipient = models.CharField(_("where to"), max_length=200)
    rows = models.IntegerField(_("rows"))
    digest = models.CharField(_("hash of the file"), max_length=64, blank=True, db_default="")  # SHA-256 of what left
    contact_ids = ArrayField(models.BigIntegerField(), default=list)  # whose: contact points, where they are known

    class Meta:
        ordering = ["-id"]
        verbose_name = _("data export")
        verbose_name_plural = _("data exports")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.about}"
