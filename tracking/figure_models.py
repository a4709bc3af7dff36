"""What reports read instead of millions of rows: summed up every night (`tracking.summaries`), and made anew at any time."""

from django.db import models

from campaigns.models import Campaign, Run, ScenarioVersion
from channels.models import Channel
from segments.models import Brand, Centre, Interaction, Segment
from segments.models.loose import Loose


class RunFigures(models.Model):
    """The funnel of one arm of a run, in people: `variant` '' where the campaign has no variants.

    A step implies those before it as far as messages go; who called, came and bought did so within
    `responses.WINDOW_DAYS` after the run began, whatever became of the message. `cost`: messages only, roubles.
    """

    run = Loose(Run)
    campaign = Loose(Campaign)
    channel = models.CharField(max_length=12)
    variant = models.CharField(max_length=1, blank=True)
    month = models.DateField()
    people = models.IntegerField(default=0)
    sent = models.IntegerField(default=0)
    cost = models.DecimalField(max_digits=14, decimal_places=4, default=0)
    delivered = models.IntegerField(default=0)
    opened = models.IntegerField(default=0)
    clicked = models.IntegerField(default=0)
    opted_out = models.IntegerField(default=0)
    called = models.IntegerField(default=0)
    visited = models.IntegerField(default=0)
    bought = models.IntegerField(default=0)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint("run", "variant", name="figures_of_run_once")]
        indexes = [models.Index("month", name="figures_of_runs_by_month")]


class HourFigures(models.Model):
    """What people did in an hour of a weekday (1 is Monday) of a month, by the clock of the holding."""

    class Kind(models.TextChoices):
        SENT = "sent"
        OPENED = "opened"
        CLICKED = "clicked"
        CALLED = "called"
        VISITED = "visited"

    kind = models.CharField(max_length=7, choices=Kind)
    channel = models.CharField(max_length=12, choices=Channel, blank=True)  # '' of calls and visits without one
    month = models.DateField()
    weekday = models.SmallIntegerField()
    hour = models.SmallIntegerField()
    number = models.IntegerField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint("kind", "channel", "month", "weekday", "hour", name="figures_of_hour_once")
        ]


class MonthFigures(models.Model):
    """Visits and deals of the holding in a month, whatever brought them. `crm_visits`: those that followed a message."""

    month = models.DateField()
    centre = Loose(Centre, null=True, db_index=False)
    brand = Loose(Brand, null=True, db_index=False)
    line = models.CharField(max_length=12, choices=Interaction.Line, blank=True)
    visits = models.IntegerField(default=0)
    crm_visits = models.IntegerField(default=0)
    deals = models.IntegerField(default=0)
    revenue = models.DecimalField(max_digits=16, decimal_places=2, default=0)
    margin = models.DecimalField(max_digits=16, decimal_places=2, default=0)

    class Meta:
        default_permissions = ()
        indexes = [models.Index("month", name="figures_by_month")]


class SegmentFigures(models.Model):
    """What the people who are in a segment now were written and did in `summaries.segments.DAYS`.

    `cost`: their part of what the campaigns cost. `lifetime`: what was earned on all their deals ever. `attributed`:
    {model: [deals, revenue, margin]} of the campaigns.
    """

    segment = models.OneToOneField(Segment, models.CASCADE, primary_key=True, related_name="figures")
    people = models.IntegerField(default=0)
    written = models.IntegerField(default=0)  # people who were sent anything
    sent = models.IntegerField(default=0)
    cost = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    buyers = models.IntegerField(default=0)
    written_buyers = models.IntegerField(default=0)  # of those written to
    deals = models.IntegerField(default=0)
    revenue = models.DecimalField(max_digits=16, decimal_places=2, default=0)
    margin = models.DecimalField(max_digits=16, decimal_places=2, default=0)
    lifetime = models.DecimalField(max_digits=16, decimal_places=2, default=0)
    attributed = models.JSONField(default=dict)
    counted_at = models.DateTimeField()

    class Meta:
        default_permissions = ()


class ReachFigures(models.Model):
    """How many people advertising does not reach over a channel ('': over any), and what keeps it from them
    (`campaigns.barriers`): of the base by the brand of the newest car, where `segment` is empty, else of a segment."""

    segment = models.ForeignKey(Segment, models.CASCADE, null=True, related_name="+", db_index=False)
    brand = Loose(Brand, null=True, db_index=False)
    channel = models.CharField(max_length=12, choices=Channel, blank=True)
    reason = models.CharField(max_length=12)
    people = models.IntegerField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                "segment", "brand", "channel", "reason", nulls_distinct=False, name="figures_of_reach_once"
            )
        ]


class PersonBarriers(models.Model):
    """The flaw (`campaigns.barriers.NUMBERS`) of each living person over each channel, and the least of them, as of the last
    night: whom the numbers of `ReachFigures` count."""

    customer_id = models.BigIntegerField(primary_key=True)
    brand = Loose(Brand, null=True, db_index=False)
    by_any = models.SmallIntegerField()
    by_email = models.SmallIntegerField()
    by_sms = models.SmallIntegerField()
    by_push = models.SmallIntegerField()
    by_whatsapp = models.SmallIntegerField()
    by_telegram = models.SmallIntegerField()
    by_max = models.SmallIntegerField()
    by_vk = models.SmallIntegerField()

    class Meta:
        default_permissions = ()


class PersonReturn(models.Model):
    """A visit or a deal after months without any (`summaries.returns`): `last_at` is the one before it."""

    interaction_id = models.BigIntegerField(primary_key=True)
    customer_id = models.BigIntegerField()
    at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        indexes = [models.Index("at", name="person_return_by_time")]


class PersonCohort(models.Model):
    """When the first deal of a person was (`quarter`: its first day, by the clock of the holding), and of what it was."""

    customer_id = models.BigIntegerField(primary_key=True)
    quarter = models.DateField()
    line = models.CharField(max_length=12, choices=Interaction.Line, blank=True)
    brand = Loose(Brand, null=True, db_index=False)
    centre = Loose(Centre, null=True, db_index=False)

    class Meta:
        default_permissions = ()
        indexes = [models.Index("quarter", name="person_cohort_by_quarter")]


class CohortFigures(models.Model):
    """What people of a cohort brought within `step` months after their first deal, and after the step before: of their deals in
    a line of business. `first_line`, `brand` and `centre` are of the first deal."""

    STEPS = (3, 6, 12, 24, 36, 60, 84, 120)
    LATER = 10_000  # the step of all that came after

    quarter = models.DateField()
    first_line = models.CharField(max_length=12, choices=Interaction.Line, blank=True)
    brand = Loose(Brand, null=True, db_index=False)
    centre = Loose(Centre, null=True, db_index=False)
    line = models.CharField(max_length=12, choices=Interaction.Line, blank=True)
    step = models.SmallIntegerField()
    revenue = models.DecimalField(max_digits=16, decimal_places=2)
    margin = models.DecimalField(max_digits=16, decimal_places=2)

    class Meta:
        default_permissions = ()


class ScenarioFigures(models.Model):
    """What people of a group of a version of a scenario brought in `months` after they came into it, and in as many before it: of
    those who came in so long ago. `line` '-': of all lines together."""

    STEPS = (1, 2, 3, 6, 12, 18, 24)
    ALL = "-"

    version = models.ForeignKey(ScenarioVersion, models.CASCADE, related_name="+", db_index=False)
    is_control = models.BooleanField()
    months = models.SmallIntegerField()
    line = models.CharField(max_length=12)
    people = models.IntegerField()
    revenue = models.DecimalField(max_digits=16, decimal_places=2)
    revenue_squared = models.FloatField()
    margin = models.DecimalField(max_digits=16, decimal_places=2)
    margin_squared = models.FloatField()
    revenue_before = models.DecimalField(max_digits=16, decimal_places=2)
    margin_before = models.DecimalField(max_digits=16, decimal_places=2)
    counted_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint("version", "months", "line", "is_control", name="figures_of_scenario_once")
        ]
