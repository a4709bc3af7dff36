"""Scenarios: what occasion brings a person in, the steps that she then goes through, and where she is now.

A step that sends is a `Campaign` of its own (`Campaign.Kind.TRIGGER`), with texts, account, brand versions and number, so
that nothing about sending is different for it; `campaigns.scenarios` plans its messages for whoever has come to it.
"""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaign import Campaign
from campaigns.models.outbox import Run
from channels.models import Channel
from segments.models import Brand, Customer, Interaction
from segments.models.loose import Loose
from segments.models.people import Purpose


class Scenario(models.Model):
    """`state` is written only by `campaigns.scenarios.states`; `active` is the version that people enter now."""

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("scenario", "draft")  # nobody has ever entered it
        ACTIVE = "active", pgettext_lazy("scenario", "works")
        PAUSED = "paused", pgettext_lazy("scenario", "paused")  # nobody enters, nobody goes on; places are kept
        CLOSED = "closed", pgettext_lazy("scenario", "closed to new people")  # those inside go on to the end
        STOPPED = "stopped", pgettext_lazy("scenario", "stopped")  # everybody was taken out

    name = models.CharField(_("name"), max_length=120)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT, editable=False)
    purpose = models.CharField(_("purpose"), max_length=12, choices=Purpose, default=Purpose.ADVERTISING)
    brand = models.ForeignKey(
        Brand, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("brand"),
        help_text=_("Empty: the whole holding. Consent is checked for this brand."),
    )  # fmt: skip
    line = models.CharField(
        _("line of business"), max_length=12, choices=Interaction.Line, blank=True
    )  # of its seasons
    recipe = models.CharField(max_length=40, blank=True, editable=False)  # which of the library it was copied from
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("author"), editable=False
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    looked_at = models.DateTimeField(null=True, editable=False)  # when it was last asked who enters

    class Meta:
        ordering = ["-id"]
        verbose_name = _("scenario")
        verbose_name_plural = _("scenarios")

    def __str__(self) -> str:
        return self.name


class ScenarioVersion(models.Model):
    """What was approved once, and is not edited after: people finish the version that they entered.

    `entry`: {"occasion": a name of `campaigns.scenarios.occasions`, and its settings}. `flow`: a list of nodes as
    `campaigns.scenarios.flow` reads it. Times are hours, days or, where it says so, days of the business clock.
    """

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("version of a scenario", "draft")
        IN_REVIEW = "in_review", pgettext_lazy("version of a scenario", "in review")
        ACTIVE = "active", pgettext_lazy("version of a scenario", "works")
        RETIRED = "retired", pgettext_lazy("version of a scenario", "replaced")  # nobody enters; those inside finish

    scenario = models.ForeignKey(Scenario, models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT, editable=False)
    entry = models.JSONField(default=dict)
    flow = models.JSONField(default=list)
    goal = models.JSONField(default=list)  # names of `campaigns.scenarios.goals`: whoever reaches one leaves
    delay_minutes = models.PositiveIntegerField(
        _("begins after the occasion"), default=0, validators=[MaxValueValidator(60 * 24 * 365)]
    )
    valid_days = models.PositiveSmallIntegerField(
        _("an occasion is good for, days"), default=3, validators=[MinValueValidator(1), MaxValueValidator(60)],
        help_text=_("Whoever is heard of later does not enter."),
    )  # fmt: skip
    repeat_days = models.PositiveSmallIntegerField(
        _("one person not again within, days"), default=30, validators=[MaxValueValidator(3650)],
        help_text=_("0: each occasion brings her in."),
    )  # fmt: skip
    control_percent = models.PositiveSmallIntegerField(
        _("control group, %"), default=10, validators=[MaxValueValidator(50)]
    )
    salt = models.CharField(max_length=32, editable=False)  # of the control group's draw, and of splits
    activated_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint("scenario", "number", name="scenario_version_once")]

    def __str__(self) -> str:
        return gettext("Version %(number)d") % {"number": self.number}


class ScenarioStep(models.Model):
    """The campaign that a sending node of a version is. `key` is the node's."""

    version = models.ForeignKey(ScenarioVersion, models.CASCADE, related_name="steps")
    key = models.CharField(max_length=20)
    campaign = models.OneToOneField(Campaign, models.PROTECT, related_name="scenario_step")

    class Meta:
        constraints = [models.UniqueConstraint("version", "key", name="scenario_step_once")]


class Enrolment(models.Model):
    """One person in one scenario for one occasion, once. The customer is the one who entered: reading follows merges.

    `node` is a place in the version's flow, from 0. `since`: when what the node does was done and she began to wait there;
    empty when she has only come. `due_at`: when to look at her again. `run`, `message_id`: the last that she was sent.
    """

    class State(models.TextChoices):
        LIVE = "live", pgettext_lazy("enrolment", "inside")
        GOAL = "goal", pgettext_lazy("enrolment", "reached the goal")
        FINISHED = "finished", pgettext_lazy("enrolment", "went to the end")
        LEFT = "left", pgettext_lazy("enrolment", "left on the way")
        STOPPED = "stopped", pgettext_lazy("enrolment", "taken out")
        CONTROL = "control", pgettext_lazy("enrolment", "control group")

    id = models.BigAutoField(primary_key=True)
    scenario = Loose(Scenario, db_index=False)
    version = Loose(ScenarioVersion, db_index=False)
    customer = Loose(Customer, db_index=False, related_name="enrolments")
    occasion = models.CharField(max_length=60)
    happened_at = models.DateTimeField()  # the occasion
    entered_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State, default=State.LIVE)
    node = models.SmallIntegerField(default=0)
    since = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    run = Loose(Run, null=True, db_index=False)
    message_id = models.BigIntegerField(null=True)
    ended_at = models.DateTimeField(null=True)
    why = models.CharField(max_length=20, blank=True)  # of the end: a goal, a verdict

    class Meta:
        constraints = [models.UniqueConstraint("scenario", "customer", "occasion", name="enrolment_once")]
        indexes = [
            models.Index("due_at", "version", "node", name="enrolment_due", condition=models.Q(state="live")),
            models.Index("customer", name="enrolment_of_customer"),
            models.Index("version", "state", "node", name="enrolment_where"),
            models.Index("message_id", name="enrolment_waits_for", condition=models.Q(state="live")),
        ]


class EnrolmentMove(models.Model):
    """Append-only: what happened to her at a node. `verdict` is a word of `campaigns.scenarios.verdicts`, or the reason why
    she was left out there (`Message.LeftOut`); the goal that she reached where that ended it. `told`: why, where the verdict
    alone does not say it (`campaigns.scenarios.ordering`, `season`)."""

    id = models.BigAutoField(primary_key=True)
    enrolment = Loose(Enrolment, db_index=False)
    version = Loose(ScenarioVersion, db_index=False)
    node = models.SmallIntegerField()
    verdict = models.CharField(max_length=20)
    run = Loose(Run, null=True, db_index=False)
    message_id = models.BigIntegerField(null=True)
    happened_at = models.DateTimeField()
    told = models.JSONField(null=True)

    class Meta:
        indexes = [
            models.Index("enrolment", name="move_of_enrolment"),
            models.Index("version", "node", "verdict", name="moves_at_node"),
        ]


class ScenarioEvent(models.Model):
    """Append-only diary of a scenario: who moved it where, and why."""

    scenario = models.ForeignKey(Scenario, models.CASCADE, related_name="events")
    version = models.ForeignKey(ScenarioVersion, models.SET_NULL, null=True, related_name="+")
    verb = models.CharField(max_length=20)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    note = models.TextField(blank=True)
    fingerprint = models.CharField(max_length=64, blank=True)  # of what was approved
    happened_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]


class ReactionCurve(models.Model):
    """How soon people of a channel react, counted every night by `campaigns.scenarios.reaction_curves`: of `people`
    reactions `reacted` came within the hours of `HOURS`, place by place."""

    channel = models.CharField(max_length=12, primary_key=True, choices=Channel)
    people = models.IntegerField()
    reacted = ArrayField(models.IntegerField())
    counted_at = models.DateTimeField()


class ChannelWorth(models.Model):
    """What messages of a channel bring, counted every night by `campaigns.scenarios.worth` over a year: those that arrived, those
    with a reaction, and the roubles of the deals that reactions were followed by."""

    channel = models.CharField(max_length=12, primary_key=True, choices=Channel)
    contacts = models.IntegerField()
    reactions = models.IntegerField()
    roubles = models.DecimalField(max_digits=16, decimal_places=2)
    counted_at = models.DateTimeField()
