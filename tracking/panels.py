"""Panels for the pages of the lower apps: a campaign's calls, arms and opt-outs; a customer's calls."""

from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from campaigns.panels import Panel as CampaignPanel
from segments.masking import shown
from segments.models import Customer
from segments.profile import Panel as CustomerPanel
from tracking.attribution import explaining, matrix
from tracking.keeping import summary_of
from tracking.models import Call, SurveyAnswer
from tracking.numbers import holding, short, spelled
from tracking.responses import WINDOW_DAYS
from tracking.telephony import recordings

LATEST = 10
VIEW_CALLS, VIEW_CAMPAIGNS = "tracking.view_call", "campaigns.view_campaign"


def calls_of_campaign(request: HttpRequest, campaign: Campaign) -> dict[str, Any]:
    held = holding(campaign)
    answered = summary_of(campaign).responses
    calls = Call.objects.filter(campaign=campaign).select_related("customer", "account")[:LATEST]
    return {
        "lease": held,
        "number": spelled(held.number.number) if held else "",
        "short": short(held.number.number) if held else "",
        "counted": answered.on_number,
        "calls": _lines(request, calls) if request.user.has_perm(VIEW_CALLS) else [],
    }


def came(request: HttpRequest, campaign: Campaign) -> dict[str, Any]:
    """Both arms side by side, per 1,000 people and in plain numbers."""
    summary = summary_of(campaign)
    answered = summary.responses
    written, control = answered.written, answered.control
    rows = [
        {
            "label": label,
            "written": getattr(written, name),
            "control": getattr(control, name),
            "written_rate": written.per_thousand(getattr(written, name)),
            "control_rate": control.per_thousand(getattr(control, name)),
        }
        for name, label in (("calls", _("Calls")), ("visits", _("Visits")), ("deals", _("Deals")))
    ]
    highest = max((row[rate] or 0 for row in rows for rate in ("written_rate", "control_rate")), default=0)
    for row in rows:
        row["written_width"] = _width(row["written_rate"], highest)
        row["control_width"] = _width(row["control_rate"], highest)
    return {"arms": answered, "rows": rows, "days": WINDOW_DAYS, "counted_at": summary.counted_at}


def opt_outs(request: HttpRequest, campaign: Campaign) -> dict[str, Any]:
    """Why people left: one reason a person (her last answer), those who gave none included."""
    left = summary_of(campaign).delivery.opt_outs
    answers = SurveyAnswer.objects.filter(campaign=campaign)
    kept = last_of_each(answers).aggregate(
        fewer=Count("pk", filter=Q(decision=SurveyAnswer.Decision.FEWER)),
        keep=Count("pk", filter=Q(decision=SurveyAnswer.Decision.KEEP)),
    )
    return {"opt_outs": left, "bars": reason_bars(answers, left), **kept}


def last_of_each(answers: Any) -> Any:
    """The last of these answers by each letter's link."""
    last = answers.order_by("message_id", "-id").distinct("message_id")
    return SurveyAnswer.objects.filter(pk__in=last.values("pk")).order_by()


def reason_bars(answers: Any, people: int = 0) -> list[dict[str, Any]]:
    """Bars of the reasons of «stop», longest first; the rest of `people` said nothing."""
    stops = last_of_each(answers.filter(decision=SurveyAnswer.Decision.STOP).exclude(reason=""))
    counted = dict(stops.values_list("reason").annotate(Count("pk")))
    labels = dict(SurveyAnswer.Reason.choices)
    bars = sorted(
        ({"label": labels[reason], "people": n} for reason, n in counted.items()), key=lambda bar: -bar["people"]
    )
    if (silent := people - sum(counted.values())) > 0:
        bars.append({"label": _("did not say"), "people": silent, "is_silent": True})
    longest = max((bar["people"] for bar in bars), default=0)
    for bar in bars:
        bar["width"] = _width(bar["people"], longest)
    return bars


def calls_of_customer(request: HttpRequest, customer: Customer) -> dict[str, Any]:
    """The person's latest calls; nothing for those who may not see calls or when there are none."""
    if not request.user.has_perm(VIEW_CALLS):
        return {}
    people = Customer.objects.filter(Q(pk=customer.pk) | Q(merged_into=customer.pk)).values("pk")
    calls = _lines(request, Call.objects.filter(customer__in=people).select_related("campaign", "account")[:LATEST])
    return {"calls": calls} if calls else {}


def attribution_of_campaign(request: HttpRequest, campaign: Campaign) -> dict[str, Any]:
    """What people came for, by the model that is asked for, and what is beyond the control group."""
    return matrix.of(campaign, matrix.model_of(request)) if campaign.started_at else {}


def deals_of_customer(request: HttpRequest, customer: Customer) -> dict[str, Any]:
    """Her latest deals that count for campaigns; nothing for those who may not see campaigns, or when there are none."""
    deals = explaining.of_customer(customer, LATEST) if request.user.has_perm(VIEW_CAMPAIGNS) else []
    return {"deals": deals} if deals else {}


def _lines(request: HttpRequest, calls: Any) -> list[dict[str, Any]]:
    may_listen = request.user.has_perm(recordings.LISTEN)
    return [
        {
            "call": call,
            "caller": shown(request.user, "phone", call.caller) if call.caller else _("hidden number"),
            "number": short(call.virtual_number),
            "is_recorded": may_listen and bool(recordings.names(call)),
        }
        for call in calls
    ]


def _width(value: float | None, highest: float) -> str:
    """Per cent of the longest bar, with a point whatever the language: it goes into SVG."""
    return f"{100 * (value or 0) / highest:.1f}" if highest else "0"


CAMPAIGN_PANELS = (
    CampaignPanel("calls", 20, _("Calls"), "tracking/panels/calls_of_campaign.html", calls_of_campaign),
    CampaignPanel("came", 30, _("Visits and sales"), "tracking/panels/came.html", came, of_audiences=True),
    CampaignPanel(
        "attribution",
        35,
        _("Attribution"),
        "tracking/panels/attribution.html",
        attribution_of_campaign,
        of_audiences=True,
    ),
    CampaignPanel("opt_outs", 40, _("Opt-outs and why"), "tracking/panels/opt_outs.html", opt_outs),
)
CALLS_OF_CUSTOMER = CustomerPanel("calls", 60, _("Calls"), "tracking/panels/calls_of_customer.html", calls_of_customer)
DEALS_OF_CUSTOMER = CustomerPanel(
    "attribution", 65, _("Deals that count for campaigns"), "tracking/panels/deals_of_customer.html", deals_of_customer
)
