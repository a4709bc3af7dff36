"""The outbox: immutable messages in monthly partitions, chunks under lease, appended outcomes.

Message, Outcome, Resolution and DeliveryState are `PARTITION BY RANGE (run_id)`; migration 0003 makes them
by hand, `campaigns.partitions` adds months. Their database keys start with `run_id`; `id` is the primary
key only in Django's state. Never update or delete a Message or an Outcome.
"""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaign import Campaign
from campaigns.models.content import Content
from channels.models import Account
from segments.models import ContactPoint, Customer
from segments.models.loose import Loose


class Run(models.Model):
    """One launch. `id` = yyyymm · 10⁶ + n, so that a month of runs is a range of ids."""

    id = models.BigIntegerField(primary_key=True)
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="runs")
    content = models.ForeignKey(
        Content, models.PROTECT, null=True, related_name="+"
    )  # of those whose brand has no version
    account = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")  # neither has an audience export
    # Accounts that sent some of it while its own was paused: their reports are about it too.
    stand_ins = ArrayField(models.BigIntegerField(), default=list)
    audience = models.IntegerField(default=0)
    left_out = models.JSONField(default=dict)  # {reason: people}, control groups included
    started_at = models.DateTimeField(default=timezone.now)
    send_until = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    # The run whose faulty message this one corrects: a run is corrected once.
    corrects = models.OneToOneField("self", models.PROTECT, null=True, related_name="correction")


class Message(models.Model):
    """The plan for one person. `left_out` = '' means: to be sent; else the frozen reason, never sent. `content` is her
    version of the texts; empty where there is none for her, and in runs from before there were versions: the run's.
    `variant` is the arm of the experiment that she was drawn into, '' where there is none and for whoever is left out."""

    class LeftOut(models.TextChoices):
        """Why a person of the audience is not written to, in the order in which it is decided."""

        NO_CONTACT = "no_contact", _("no address")
        INVALID = "invalid", _("address is not valid")
        SHARED = "shared", _("address is on too many cards")
        NO_CONSENT = "no_consent", _("no consent")
        SUPPRESSED = "suppressed", _("in the stop-list")
        NO_VERSION = "no_version", _("no version for the brand of her car")
        LAYER = "layer", _("in the layer's part of other experiments")
        DUPLICATE = "duplicate", _("the same address has another person")
        FREQUENCY_CAP = "frequency_cap", _("written to often enough")
        DISCOUNT_CAP = "discount_cap", _("has had offers with a discount often enough")
        OUTRANKED = "higher_priority", _("another campaign has a higher priority")
        GLOBAL_CONTROL = "global_control", _("global control group")
        CONTROL = "control", _("control group")
        OVER_CEILING = "over_ceiling", _("over the ceiling of the run")

    id = models.BigAutoField(primary_key=True)
    run = Loose(Run)
    step = models.SmallIntegerField(default=1)
    customer = Loose(Customer)
    channel = models.CharField(max_length=12)
    enrolment_id = models.BigIntegerField(default=0)
    contact_point = Loose(ContactPoint, null=True)
    left_out = models.CharField(max_length=16, choices=LeftOut, blank=True)
    content = Loose(Content, null=True)
    variant = models.CharField(max_length=1, default="", db_default="")
    planned_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "campaigns_message"


class Chunk(models.Model):
    """Up to 500 messages of a run, leased by one worker at a time. `token` fences the writer."""

    class State(models.IntegerChoices):
        FREE = 0  # may be claimed when due
        LEASED = 1
        DONE = 2
        SUSPECT = 3  # its holder is gone and its journal is out of reach
        CANCELLED = 4

    run = Loose(Run)
    account = Loose(Account)
    channel = models.CharField(max_length=12)
    message_ids = ArrayField(models.BigIntegerField())
    state = models.SmallIntegerField(choices=State, default=State.FREE, db_default=State.FREE)
    due_at = models.DateTimeField(db_default=models.functions.Now())
    send_until = models.DateTimeField(null=True)  # where it is given up before its run ends
    token = models.BigIntegerField(null=True)
    leased_until = models.DateTimeField(null=True)
    host = models.CharField(max_length=80, blank=True, db_default="")
    boot = models.CharField(max_length=40, blank=True, db_default="")
    journal = models.CharField(max_length=300, blank=True, db_default="")
    attempts = models.SmallIntegerField(default=0, db_default=0)

    class Meta:
        indexes = [
            models.Index("channel", "due_at", "id", name="chunk_free", condition=models.Q(state=0)),
            models.Index("leased_until", name="chunk_leased", condition=models.Q(state__in=[1, 3])),
            models.Index("run", "state", name="chunk_of_run"),
        ]


class OutcomeKind(models.TextChoices):
    ACCEPTED = "accepted", _("accepted")
    REJECTED = "rejected", _("rejected")
    UNKNOWN = "unknown", _("unknown")
    SUPPRESSED = "suppressed", _("suppressed")
    CANCELLED = "cancelled", _("cancelled")


class Outcome(models.Model):
    """What became of a message, once, for good. `reason`: a suppression reason or the provider's code."""

    message_id = models.BigIntegerField(primary_key=True)
    run = Loose(Run)
    kind = models.CharField(max_length=10, choices=OutcomeKind)
    reason = models.CharField(max_length=40, blank=True)
    provider_key = models.CharField(max_length=120, blank=True)
    reply = models.CharField(max_length=300, blank=True)
    token = models.BigIntegerField(null=True)
    happened_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "campaigns_outcome"


class Resolution(models.Model):
    """What an unknown turned out to be: by a webhook, a look-up or a person."""

    message_id = models.BigIntegerField(primary_key=True)
    run = Loose(Run)
    kind = models.CharField(max_length=10, choices=OutcomeKind)
    evidence = models.CharField(max_length=120)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, related_name="+", db_constraint=False
    )
    resolved_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "campaigns_resolution"


class DeliveryState(models.Model):
    """What the world reported of a message: progress (never back), failure, opt-out; each with its first time.

    `changed_at` is the time by our own clock, whenever the world says it happened.
    """

    message_id = models.BigIntegerField(primary_key=True)
    run = Loose(Run)
    delivered_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)
    clicked_at = models.DateTimeField(null=True)
    replied_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=40, blank=True)
    unsubscribed_at = models.DateTimeField(null=True)
    complained_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        managed = False
        db_table = "campaigns_deliverystate"
