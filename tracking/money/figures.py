"""Every figure of the reports as data: what it is called, how it is computed, what it means. Pages and documents read this.

A figure is made of sums, which are counted, and of other figures. Shares are fractions of one; money is roubles.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.text import capfirst, format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns.barriers import BARRIERS, REASONS
from campaigns.models import CallTask
from tracking.figure_models import CohortFigures
from tracking.models import SurveyAnswer
from tracking.money import formulas

Text = str | Promise
COUNT, MONEY, SHARE = "count", "money", "share"
BASES: dict[str, Text] = {"margin": _("margin"), "revenue": _("revenue")}  # what `income` is: the reader chooses
COST_BASES: dict[str, Text] = {
    "total": _("all that was paid"),
    "direct": _("without wages and platform"),
    "messages": _("messages only"),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """`formula` is empty of a sum: it is counted, not computed."""

    name: str
    label: Text
    unit: str
    sentence: Text
    formula: str = ""

    def of(self, values: Mapping[str, Any]) -> Decimal | None:
        """By these sums; None where it cannot be told."""
        if not self.formula:
            value = values.get(self.name)
            return None if value is None else Decimal(value)
        return formulas.compute(self.formula, {name: FIGURES[name].of(values) for name in formulas.names(self.formula)})


_SUMS = (
    Figure("people", pgettext_lazy("figures", "people"), COUNT, _("Everybody whom a campaign chose to write to, whether or not the message reached them.")),
    Figure("sent", _("sent"), COUNT, _("Messages that the provider accepted.")),
    Figure("delivered", _("delivered"), COUNT, _("Messages of which the provider reported delivery, or somebody opened or clicked them.")),
    Figure("opened", _("opened"), COUNT, _("Messages that a person opened; a click is an opening too. Robots are told apart where they can be.")),
    Figure("clicked", _("clicked"), COUNT, _("Messages in which a person followed a link.")),
    Figure("opted_out", _("opted out"), COUNT, _("Messages after which the person unsubscribed or complained.")),
    Figure("responded", _("responded"), COUNT, _("Responses: calls, visits of the site, survey answers and visits of the showroom that followed a message.")),
    Figure("called", _("called"), COUNT, _("People who called, within 90 days after their first message.")),
    Figure("visited", _("visited"), COUNT, _("People who came to the showroom, within 90 days after their first message.")),
    Figure("bought", _("bought"), COUNT, _("People who bought a car, within 90 days after their first message.")),
    Figure("calls", _("calls"), COUNT, _("Incoming calls: on the campaign's number by anybody, on any number by those it wrote to.")),
    Figure("visits", _("visits"), COUNT, _("Visits of the showroom that did happen.")),
    Figure("deals", _("deals"), COUNT, _("Sales, service orders and insurances that were not cancelled or returned. By attribution each counts once, for one campaign or in shares that make one.")),
    Figure("revenue", _("revenue"), MONEY, _("The sums of the deals.")),
    Figure("margin", _("margin"), MONEY, _("What is earned on the deals: the margin of the document, and where it names none, the per cent of its line of business (Results → Margins). The per cents are an assumption: 5 % (new cars), 8 % (used cars), 35 % (service), 15 % (insurance) and 30 % (accessories), until somebody changes them.")),
    Figure("income", _("income"), MONEY, _("The chosen base: margin or revenue. Each report names the one it uses; margin unless you choose otherwise.")),
    Figure("cost", pgettext_lazy("figures", "cost"), MONEY, _("Messages at the price of the day they went (an SMS by its segments), and what was entered by hand: production, wages, platform, gifts, other. What was entered for all campaigns is shared by messages sent in its months. The cost base is chosen too: all, without wages and platform, or messages only.")),
    Figure("control_people", _("control group"), COUNT, _("People of the same audience who were deliberately not written to.")),
    Figure("control_deals", _("deals of the control group"), COUNT, _("Deals of the control group in the same time.")),
    Figure("control_income", _("income from the control group"), MONEY, _("Income from the deals of the control group in the same time.")),
    Figure("all_visits", _("all visits"), COUNT, _("All visits of the holding in the month, by the counters of the centres where they stand, else by documents.")),
    Figure("all_deals", _("all deals"), COUNT, _("All deals of the holding in the month.")),
    Figure("ad_spend", _("advertising spend"), MONEY, _("What a source of advertising took (Results → Advertising).")),
    Figure("ad_visitors", _("visitors from advertising"), COUNT, _("Visitors that a source of advertising brought, as it was entered.")),
    Figure("deals_before", _("deals before"), COUNT, _("Deals of the same length of time just before.")),
    Figure("revenue_before", _("revenue before"), MONEY, _("Their revenue.")),
    Figure("beyond_deals", _("orders beyond the control group"), COUNT, _("How many more deals the people of the export made than as many people of its control group; only of exports that have one.")),
    Figure("all_returned", _("all who came back"), COUNT, _("All people who came back in the months.")),
    Figure("arm_returned", _("came back of those written to"), COUNT, _("People who were written to by the campaign and came back within 90 days of its launch, whatever brought them.")),
    Figure("arm_people", _("written to"), COUNT, _("All people of that arm, as they were drawn.")),
    Figure("control_returned", _("came back of the control group"), COUNT, _("People of the control group who came back in the same time.")),
    Figure("usual_returned", _("would have come back anyway"), COUNT, _("As many as of the control group, taken to the number of people written to.")),
    Figure("inactive", _("inactive people"), COUNT, _("People who had no visit and no deal for N months (12 unless you choose otherwise).")),
    Figure("returned", _("returned people"), COUNT, _("Of the inactive people, those who came to the showroom or made a deal in the months. Each counts once, for what brought her first: the deal by the chosen attribution, else the message that her visit follows.")),
    Figure("calls_given", _("calls to make"), COUNT, _("Calls that salespeople were asked to make; by the month in which they were asked. Cancelled ones count nowhere.")),
    Figure("calls_in_time", _("called in time"), COUNT, _("Of them, those made before the deadline.")),
    Figure("calls_late", _("called late"), COUNT, _("Of them, those made after the deadline.")),
    Figure("calls_missed", _("not called"), COUNT, _("Of them, those whose deadline is over and that nobody made.")),
    Figure("days_due", _("days with calls"), COUNT, _("Days of a salesperson on which calls were due.")),
    Figure("days_kept", _("days kept"), COUNT, _("Days of them on which a call was made in time.")),
    Figure("call_visits", _("visits after calls"), COUNT, _("People who came within 30 days after the call.")),
    Figure("call_deals", _("purchases after calls"), COUNT, _("People who bought a car within 30 days after the call.")),
    Figure("stopped", _("unsubscribed"), COUNT, _("People who answered a letter's link with “stop everything”, in words or by one click; the last answer to each message.")),
    Figure("fewer", _("asked for less"), COUNT, _("People who stayed and asked to be written to less often.")),
    Figure("kept", pgettext_lazy("figures", "stayed"), COUNT, _("People who opened the page of unsubscribing and stayed.")),
    Figure("base", pgettext_lazy("figures", "people"), COUNT, _("Living people of the base: merged cards are one person.")),
    Figure("unreached", _("cannot be written to"), COUNT, _("People whom advertising of the whole holding does not reach; over all channels: over none of them. Of several addresses of a person the one that is nearest to being written to gives the reason.")),
    Figure("people_before", _("people before"), COUNT, _("People who were in the RFM group when the months began.")),
    Figure("stayed", _("stayed in the group"), COUNT, _("Of them, those who were in it when the months ended as well.")),
    Figure("planned_income", _("planned income"), MONEY, _("Income of the forecast that stood on the request for approval.")),
    Figure("planned_cost", _("planned cost"), MONEY, _("Cost of that forecast.")),
    Figure("cohort", _("people of the cohort"), COUNT, _("People whose first deal was in the same year or quarter; of a segment, those who are in it.")),
    Figure("cohort_margin", _("margin of the cohort"), MONEY, _("What was earned on all deals of these people so far.")),
    Figure("cohort_income", _("income from the cohort"), MONEY, _("Income from all deals of these people so far, less refunds; of the chosen line of business.")),
    Figure("entered", _("came into the scenario"), COUNT, _("People who came into the version of the scenario at least so many months ago, whether or not a message reached them; each counts once, from her first occasion on.")),
    Figure("entered_control", _("scenario's control group"), COUNT, _("People with the same occasion in the same time who were drawn to be left alone.")),
    Figure("after_income", _("income after coming in"), MONEY, _("Income from deals of these people in the months after they came in.")),
    Figure("control_after", _("income from the scenario's control group"), MONEY, _("Income from deals of the control group in the same months.")),
    Figure("before_income", _("income before coming in"), MONEY, _("Income from deals of these people in as many months before they came in; the deal that was the occasion counts here.")),
    Figure("ltv_low", pgettext_lazy("figures", "from"), MONEY, _("The lower end of what the difference may be (95 %, Welch).")),
    Figure("ltv_high", pgettext_lazy("figures", "to"), MONEY, _("The upper end of what the difference may be (95 %, Welch). Where zero lies between both ends, the difference cannot be told from chance.")),
)  # fmt: skip
_LTV = _(
    "What a person of the cohort brought in so many months after her first deal; unknown until everybody of the cohort has been with us so long."
)
_COMPUTED = (
    Figure("profit", _("net profit"), MONEY, _("What is left of the income after the cost. It is net only if the base is margin."), "income - cost"),
    Figure("roi", _("ROI"), SHARE, _("How many roubles a rouble of cost brought beyond itself: 100 % means that every rouble came back twice."), "( income - cost ) / cost"),
    Figure("romi", _("ROMI"), SHARE, _("The same by margin whatever base is chosen; in the plan and fact of a campaign, only what is beyond the control group."), "( margin - cost ) / cost"),
    Figure("romi_plan", _("ROMI, plan"), SHARE, _("ROMI that the forecast promised."), "( planned_income - planned_cost ) / planned_cost"),
    Figure("drr", _("cost share"), SHARE, _("Which part of the revenue was paid for it (ДРР): the smaller the better."), "cost / revenue"),
    Figure("cost_per_call", _("cost of a call"), MONEY, _("Cost by the calls that it brought."), "cost / calls"),
    Figure("cost_per_visit", _("cost of a visit"), MONEY, _("Cost by the visits that it brought."), "cost / visits"),
    Figure("cost_per_deal", _("cost of a deal"), MONEY, _("Cost by the deals that it brought."), "cost / deals"),
    Figure("ad_cost_per_visit", _("cost of a visitor from advertising"), MONEY, _("What a visitor costs in advertising, to stand beside the cost of a visit from CRM."), "ad_spend / ad_visitors"),
    Figure("share_of_visits", _("share of visits from CRM"), SHARE, _("Which part of all visits followed our messages."), "visits / all_visits"),
    Figure("share_of_deals", _("share of orders from CRM"), SHARE, _("Which part of all deals counts for our campaigns by the chosen attribution."), "deals / all_deals"),
    Figure("receipt", _("average receipt"), MONEY, _("Revenue of one deal."), "revenue / deals"),
    Figure("receipt_before", _("average receipt before"), MONEY, _("The average receipt of the same length of time just before."), "revenue_before / deals_before"),
    Figure("receipt_change", _("change of the average receipt"), SHARE, _("Against the same length of time before."), "( receipt - receipt_before ) / receipt_before"),
    Figure("delivery_rate", _("delivered, %"), SHARE, _("Of those sent."), "delivered / sent"),
    Figure("open_rate", _("opened, %"), SHARE, _("Of those delivered."), "opened / delivered"),
    Figure("click_rate", _("clicked, %"), SHARE, _("Of those delivered."), "clicked / delivered"),
    Figure("opt_out_rate", _("opted out, %"), SHARE, _("Of those delivered."), "opted_out / delivered"),
    Figure("response_rate", _("response"), SHARE, _("Responses by messages sent; by channel it says which one people answer to."), "responded / sent"),
    Figure("conversion", _("conversion"), SHARE, _("Which part of the people written to bought."), "bought / people"),
    Figure("return_rate", _("returned, %"), SHARE, _("Which part of the inactive people came back."), "returned / inactive"),
    Figure("usual_deals", _("deals that would have been anyway"), COUNT, _("As many as the control group made, taken to the number of people written to."), "control_deals * people / control_people"),
    Figure("added_deals", _("deals beyond the control group"), COUNT, _("What the campaign caused, as far as chance allows."), "deals - usual_deals"),
    Figure("added_income", _("income beyond the control group"), MONEY, _("Income less what the control group brought, taken to the number of people written to."), "income - control_income * people / control_people"),
    Figure("added_profit", _("profit beyond the control group"), MONEY, _("What the campaign caused, less its cost."), "added_income - cost"),
    Figure("added_roi", _("ROI beyond the control group"), SHARE, _("ROI of what the campaign caused."), "( added_income - cost ) / cost"),
    Figure("call_regularity", _("regularity"), SHARE, _("Of the days on which calls were due, those on which one was made in time."), "days_kept / days_due"),
    Figure("call_timeliness", _("called in time, %"), SHARE, _("Of the calls to make, those made before the deadline, which putting a call off does not move."), "calls_in_time / calls_given"),
    Figure("calls_to_visits", _("visits after a call, %"), SHARE, _("Of the calls to make, those after which the person came within 30 days."), "call_visits / calls_given"),
    Figure("cost_per_beyond", _("cost of an order beyond the control group"), MONEY, _("Cost by the orders that would not have been without the export."), "cost / beyond_deals"),
    Figure("returned_share", _("part of those who came back"), SHARE, _("Of all people who came back in the months."), "returned / all_returned"),
    Figure("added_returned", _("came back beyond the control group"), COUNT, _("Came back of those written to, less as many as of the control group, taken to the number of people written to."), "arm_returned - usual_returned"),
    Figure("unreached_share", _("cannot be written to, %"), SHARE, _("Of all people of the row."), "unreached / base"),
    Figure("stayed_share", _("stayed in the group, %"), SHARE, _("Of those who were in it when the months began."), "stayed / people_before"),
    Figure("ltv", _("LTV"), MONEY, _("What a person of the cohort has brought so far."), "cohort_margin / cohort"),
    Figure("ltv_so_far", _("LTV so far"), MONEY, _("What a person of the cohort has brought so far, by the chosen base."), "cohort_income / cohort"),
    *(Figure(f"ltv_{step}", format_lazy(_("LTV, {months} mo"), months=step), MONEY, _LTV, f"brought_{step} / seen_{step}") for step in CohortFigures.STEPS),
    Figure("after_each", _("brought by each after coming in"), MONEY, _("What a person of the scenario brought in these months."), "after_income / entered"),
    Figure("control_each", _("brought by each of the control group"), MONEY, _("What a person of the control group brought in the same months."), "control_after / entered_control"),
    Figure("ltv_added", _("LTV beyond the control group"), MONEY, _("How much more a person of the scenario brought than one of its control group: the change of LTV that the scenario caused, as far as chance allows."), "after_each - control_each"),
    Figure("before_each", _("brought by each before coming in"), MONEY, _("What a person of the scenario brought in as many months before."), "before_income / entered"),
    Figure("after_change", _("after less before"), MONEY, _("It proves nothing: people come into scenarios at special moments of their lives with us."), "after_each - before_each"),
)  # fmt: skip
# Columns that say themselves what they are.
_PLAIN = (
    *(
        Figure(f"seen_{step}", format_lazy(_("people with us for {months} mo"), months=step), COUNT, "")
        for step in CohortFigures.STEPS
    ),
    *(
        Figure(f"brought_{step}", format_lazy(_("their income in {months} mo"), months=step), MONEY, "")
        for step in CohortFigures.STEPS
    ),
    Figure("members", _("people in the segment"), COUNT, ""),
    *(Figure(f"hour_{hour}", str(hour), COUNT, "") for hour in range(24)),
    *(Figure(f"reason_{reason.value}", capfirst(reason.label), COUNT, "") for reason in SurveyAnswer.Reason),
    *(Figure(f"barrier_{reason}", REASONS[reason], COUNT, "") for reason in BARRIERS),
    Figure("reason_", capfirst(_("did not say")), COUNT, ""),
    *(Figure(f"outcome_{outcome.value}", outcome.label, COUNT, "") for outcome in CallTask.Outcome),
)
FIGURES: dict[str, Figure] = {each.name: each for each in (*_SUMS, *_COMPUTED, *_PLAIN)}
SUMS, COMPUTED, PLAIN = _SUMS, _COMPUTED, _PLAIN


def value(name: str, values: Mapping[str, Any]) -> Decimal | None:
    return FIGURES[name].of(values)
