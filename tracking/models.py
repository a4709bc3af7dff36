"""Result: substitute numbers, calls, clicks, survey answers, and what they come to by the person."""

from datetime import datetime

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.db import models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign, Run
from channels.models import Channel
from segments.masking import mask_phone
from segments.models import Brand, Centre, ContactPoint, Customer, CustomerFacts
from segments.models.loose import Loose
from tracking.attribution_models import ArmSum as ArmSum  # noqa: PLC0414
from tracking.attribution_models import Attribution as Attribution  # noqa: PLC0414
from tracking.attribution_models import AttributionWindow as AttributionWindow  # noqa: PLC0414
from tracking.attribution_models import CampaignOffer as CampaignOffer  # noqa: PLC0414
from tracking.figure_models import HourFigures as HourFigures  # noqa: PLC0414
from tracking.figure_models import MonthFigures as MonthFigures  # noqa: PLC0414
from tracking.figure_models import RunFigures as RunFigures  # noqa: PLC0414
from tracking.figure_models import SegmentFigures as SegmentFigures  # noqa: PLC0414
from tracking.mailing_models import ReportAddress as ReportAddress  # noqa: PLC0414
from tracking.mailing_models import ReportLetter as ReportLetter  # noqa: PLC0414
from tracking.mailing_models import ReportMailing as ReportMailing  # noqa: PLC0414
from tracking.money_models import AdSpend as AdSpend  # noqa: PLC0414
from tracking.money_models import Cost as Cost  # noqa: PLC0414
from tracking.money_models import LineMargin as LineMargin  # noqa: PLC0414
from tracking.money_models import MoneyUpload as MoneyUpload  # noqa: PLC0414
from tracking.nps_models import NpsAnswer as NpsAnswer  # noqa: PLC0414
from tracking.record_models import ChannelRecord as ChannelRecord  # noqa: PLC0414
from tracking.summary_models import CampaignSummary as CampaignSummary  # noqa: PLC0414
from tracking.telephony_models import CallFileMapping as CallFileMapping  # noqa: PLC0414
from tracking.telephony_models import CallPull as CallPull  # noqa: PLC0414
from tracking.telephony_models import CallTrackingAccount as CallTrackingAccount  # noqa: PLC0414
from tracking.website_models import EventKind as EventKind  # noqa: PLC0414
from tracking.website_models import Site as Site  # noqa: PLC0414
from tracking.website_models import SiteDevice as SiteDevice  # noqa: PLC0414
from tracking.website_models import WebsiteEvent as WebsiteEvent  # noqa: PLC0414


def _moment(at: datetime) -> str:
    return date_format(timezone.localtime(at), "d.m.Y H:i")


class SubstituteNumber(models.Model):
    """A phone number of the call-tracking provider, E.164. It is leased, never owned, by campaigns."""

    number = models.CharField(_("number"), max_length=16, unique=True)
    note = models.CharField(_("note"), max_length=120, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        ordering = ["number"]
        verbose_name = _("substitute number")
        verbose_name_plural = _("substitute numbers")

    def __str__(self) -> str:
        return self.number


class NumberLease(models.Model):
    """Whose calls a number counts for, and when. Without a campaign it is a standing number.

    Half-open `period`, UTC. The exclusion constraint forbids two leases of a number at one time.
    """

    number = models.ForeignKey(
        SubstituteNumber, models.PROTECT, related_name="leases", verbose_name=_("substitute number")
    )
    campaign = models.ForeignKey(
        Campaign, models.CASCADE, null=True, blank=True, related_name="number_leases", verbose_name=_("campaign")
    )
    channel = models.CharField(_("channel"), max_length=12, choices=Channel)
    brand = models.ForeignKey(Brand, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("brand"))
    # The version of the campaign's texts that prints it; empty: the main one.
    version = models.ForeignKey(Brand, models.PROTECT, null=True, blank=True, editable=False, related_name="+")
    centre = models.ForeignKey(
        Centre, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("dealer centre")
    )
    period = DateTimeRangeField(_("period"))

    class Meta:
        verbose_name = _("number lease")
        verbose_name_plural = _("number leases")
        constraints = [
            ExclusionConstraint(
                name="one_lease_at_a_time",
                expressions=[("number", RangeOperators.EQUAL), ("period", RangeOperators.OVERLAPS)],
                violation_error_message=_("This number is taken for that period: choose another number or period."),
            )
        ]

    def __str__(self) -> str:
        holder = self.campaign or gettext("standing number")
        return f"…{self.number.number[-4:]} · {holder}"


class Call(models.Model):
    """A call, as the call-tracking provider reports it (field names: Data API, calls_report).

    `external_id` is the provider's number after the prefix of its account. `communication` is what the provider calls
    all that one person said in one go; a call that only notifications told of is `is_provisional`.
    """

    external_id = models.CharField(_("number at the provider"), max_length=64, unique=True)
    account = models.ForeignKey(
        CallTrackingAccount, models.PROTECT, null=True, related_name="+", verbose_name=_("account of call tracking")
    )
    communication = models.CharField(max_length=40, blank=True, db_default="")
    is_provisional = models.BooleanField(_("not in the report yet"), default=False, db_default=False)
    started_at = models.DateTimeField(_("started"), db_index=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    direction = models.CharField(_("direction"), max_length=3, default="in")
    is_lost = models.BooleanField(_("lost"), default=False)
    talk_seconds = models.IntegerField(_("talk, s"), default=0)
    caller = models.CharField(_("caller"), max_length=16, blank=True)
    virtual_number = models.CharField(_("number called"), max_length=16, blank=True)
    employee = models.CharField(_("employee"), max_length=120, blank=True)
    lease = models.ForeignKey(NumberLease, models.SET_NULL, null=True, related_name="calls", verbose_name=_("lease"))
    campaign = Loose(Campaign, null=True, verbose_name=_("campaign"))
    contact_point = Loose(ContactPoint, null=True)
    customer = Loose(Customer, null=True, verbose_name=_("customer"))
    run = Loose(Run, null=True)
    message_id = models.BigIntegerField(null=True)
    details = models.JSONField(default=dict)
    imported_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-started_at"]
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        permissions = [("listen_call", _("Can listen to recordings of calls, each time logged"))]
        indexes = [
            models.Index("campaign", "started_at", name="call_of_campaign"),
            models.Index("customer", "started_at", name="call_of_customer"),
            models.Index("communication", name="call_of_communication", condition=~models.Q(communication="")),
        ]

    def __str__(self) -> str:
        """Masked: a name is shown and logged where nobody asked for the right to see numbers."""
        return f"{mask_phone(self.caller) or gettext('hidden number')} · {_moment(self.started_at)}"

    @property
    def talk(self) -> str:
        return f"{self.talk_seconds // 60}:{self.talk_seconds % 60:02}"


class Hit(models.Model):
    """A raw open or click, kept whatever made it. `link` 0 is the pixel of an open, and the trap of a click.

    `made_by` is '' until `hits.classing` has looked at what stands beside it; `reasons` are `hits.signs.Sign`s.
    """

    class Kind(models.TextChoices):
        OPEN = "open", _("open")
        CLICK = "click", _("click")

    class Maker(models.TextChoices):
        HUMAN = "human", _("a person")
        MACHINE = "machine", _("a machine")
        UNSURE = "unsure", _("unsure")

    TRAP = 0  # the link that no person sees

    kind = models.CharField(max_length=5, choices=Kind)
    run = Loose(Run)
    message_id = models.BigIntegerField()
    link = models.SmallIntegerField(default=0)
    at = models.DateTimeField(default=timezone.now)
    address = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=300, blank=True)
    method = models.CharField(max_length=4, default="GET")
    made_by = models.CharField(max_length=7, choices=Maker, blank=True, db_default="")
    reasons = ArrayField(models.CharField(max_length=12), default=list, db_default=[])

    class Meta:
        indexes = [
            models.Index("at", name="hit_not_classed", condition=models.Q(made_by="")),
            models.Index("run", "message_id", name="hit_of_message"),
            models.Index("message_id", name="click_of_message", condition=models.Q(kind="click")),
            models.Index("at", name="click_by_time", condition=models.Q(kind="click")),
        ]


class SurveyAnswer(models.Model):
    """What a person answered on the opt-out survey. A later answer of the same message adds a row.

    A one-click opt-out (RFC 8058) is an answer without words. `withdrawn` remembers which consents in force the
    answer took away, as [contact point, channel, purpose, brand or null], so that taking it back raises no others.
    """

    class Via(models.TextChoices):
        SURVEY = "survey", _("survey")
        ONE_CLICK = "one_click", _("one click")

    class Decision(models.TextChoices):
        KEEP = "keep", _("keep writing")
        FEWER = "fewer", _("write less often")
        STOP = "stop", _("stop everything")

    class Reason(models.TextChoices):
        TOO_OFTEN = "too_often", _("you write too often")
        NOT_INTERESTING = "not_interesting", _("offers do not interest me")
        BOUGHT_ELSEWHERE = "bought_elsewhere", _("I bought a car elsewhere")
        SOLD_CAR = "sold_car", _("I sold the car")
        BAD_SERVICE = "bad_service", _("I was served badly")
        NEVER_ASKED = "never_asked", _("I never asked for letters")
        OTHER = "other", _("another reason")

    run = Loose(Run, verbose_name=_("run"))
    campaign = Loose(Campaign, verbose_name=_("campaign"))
    message_id = models.BigIntegerField()
    customer = Loose(Customer, verbose_name=_("customer"))
    decision = models.CharField(_("decision"), max_length=5, choices=Decision)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason, blank=True)
    sold_car = models.BooleanField(_("sold the car"), default=False)
    brands = ArrayField(models.CharField(max_length=60), default=list, blank=True, verbose_name=_("brands of interest"))
    topics = ArrayField(models.CharField(max_length=40), default=list, blank=True, verbose_name=_("topics"))
    comment = models.TextField(_("comment"), blank=True, max_length=2000)
    via = models.CharField(_("how"), max_length=9, choices=Via, default=Via.SURVEY)
    withdrawn = models.JSONField(default=list, editable=False)
    answered_at = models.DateTimeField(_("answered"), default=timezone.now)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("survey answer")
        verbose_name_plural = _("survey answers")
        indexes = [
            models.Index("campaign", name="answers_of_campaign"),
            models.Index("message_id", name="answers_of_message"),
        ]

    def __str__(self) -> str:
        return f"{capfirst(self.get_decision_display())} · {_moment(self.answered_at)}"


class Response(models.Model):
    """What a person did that our messages may have brought: a read model (`tracking.response_facts`).

    `customer` is the living one. `key` is the row it was read from: the call, the message whose survey was answered,
    the day's first click in a message, the visit. `campaign` and `channel` are those of the number that was called or
    of the message; of a visit, of the last message before it. A call on another number has neither.
    """

    class Kind(models.TextChoices):
        CALL = "call", _("call")  # incoming, lost ones too
        ANSWER = "answer", _("survey answer")  # the last one of each message; one-click opt-outs are none
        SITE = "site", _("visit of the site")  # a person's clicks of one day in one message
        VISIT = "visit", _("visit")  # to the showroom, within `responses.WINDOW_DAYS` after a message

    kind = models.CharField(max_length=6, choices=Kind)
    key = models.BigIntegerField()
    customer = Loose(Customer, db_index=False)
    campaign = Loose(Campaign, null=True, db_index=False)
    channel = models.CharField(max_length=12, choices=Channel, blank=True)
    message_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("kind", "key", name="response_once")]
        indexes = [
            models.Index("customer", name="response_of_customer"),
            models.Index("kind", "at", "customer", name="response_by_time"),
        ]


class ResponseFacts(models.Model):
    """One row for each living customer who ever responded; whoever has none did not. Numbers are of all time, days
    those of settings.TIME_ZONE. `best_channel`: the rule is in `tracking.response_facts`; '' when there is none."""

    customer = models.OneToOneField(
        CustomerFacts, models.DO_NOTHING, primary_key=True, related_name="response", db_constraint=False
    )
    calls = models.IntegerField()
    last_call = models.DateField(null=True)
    answers = models.IntegerField()
    last_answer = models.DateField(null=True)
    site_visits = models.IntegerField()
    last_site_visit = models.DateField(null=True)
    visits = models.IntegerField()
    last_visit = models.DateField(null=True)
    last_response = models.DateField()
    best_channel = models.CharField(max_length=12, choices=Channel, blank=True)
    computed_at = models.DateTimeField()


class CampaignResult(Campaign):
    """A campaign as the reports see it: the same row, a page and rights of its own."""

    class Meta:
        proxy = True
        ordering = ["-id"]
        default_permissions = ()  # who may see campaigns may see what they brought
        verbose_name = _("report")
        verbose_name_plural = _("reports")
