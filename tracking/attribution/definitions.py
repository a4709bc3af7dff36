"""What each model of attribution says, as data: pages choose from it, documents are made from it."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from segments.models import Interaction
from tracking.models import Attribution

Model = Attribution.Model
MONTHS = 13  # deals of this month and of so many before it are counted anew every night
NEAR_DAYS = 3  # a document may be dated so long before or after the use of a promo code
ENDS = "0.4"  # of a deal goes to the first and to the last of three touches or more; the rest to those between

# Days before a deal in which something may have brought it, until a person says otherwise; '' is a sale without a line.
WINDOWS: dict[str, int] = {
    Interaction.Line.NEW: 180,
    Interaction.Line.USED: 90,
    Interaction.Line.SERVICE: 30,
    Interaction.Line.INSURANCE: 60,
    Interaction.Line.ACCESSORIES: 30,
    "": 90,
}


@dataclass(frozen=True, slots=True)
class Definition:
    """`sentence`: what a deal counts for. `rule`: what exactly is looked at."""

    model: str
    name: str | Promise
    sentence: str | Promise
    rule: str | Promise


DEAL = _(
    "A deal is a sale, a service order or an insurance of a known customer that was not cancelled. A document of the same customer "
    "and kind with the same sum and a minus takes the deal back. What is taken back counts for nobody."
)
WINDOW = _(
    "A deal is looked back from by as many days as its line of business has in the attribution windows. A document without a time "
    "of day is of the end of its day for what the customer did herself, and of its beginning for what was sent to her."
)
PURPOSES = _(
    "Advertising comes first: a message of a service campaign, or what was done in answer to it, counts only where there is no "
    "advertising in the window."
)
HELD_OUT = _(
    "Nobody of a control group is attributed to the campaign that left her alone, and our own calls count for nothing."
)

DEFINITIONS: dict[str, Definition] = {
    each.model: each
    for each in (
        Definition(
            Model.NUMBER, Model.NUMBER.label,
            _("A deal counts for the campaign whose number the customer called last before it."),
            _("Incoming calls, lost ones too, on a number leased to the campaign, after its launch; on a standing number, for the "
              "campaign of the caller's latest message on its channel and brand. Whoever was not written to and calls the number of "
              "a letter counts too."),
        ),
        Definition(
            Model.PROMO, Model.PROMO.label,
            _("A deal counts for the campaign whose promo code was used for it."),
            _("The document whose number is on the receipt, else the customer's deal nearest to the use of the code, three days "
              "before or after it at most; a use counts for one deal, one of the same sum first. A use that was taken back is none."),
        ),
        Definition(
            Model.CLICK, Model.CLICK.label,
            _("A deal counts for the campaign in whose message the customer clicked last before it."),
            _("Clicks that look like a person's."),
        ),
        Definition(
            Model.LAST, Model.LAST.label,
            _("A deal counts for the campaign of the last message that was sent to the customer before it."),
            _("Messages that the provider accepted and that did not bounce."),
        ),
        Definition(
            Model.FIRST, Model.FIRST.label,
            _("A deal counts for the campaign of the first message that was sent to the customer in the window."),
            _("Messages that the provider accepted and that did not bounce."),
        ),
        Definition(
            Model.POSITION, Model.POSITION.label,
            _("A deal is shared by the campaigns of all messages that were sent to the customer in the window."),
            _("The first and the last message get 40 per cent each, those between share 20 per cent; of two each gets a half."),
        ),
    )
}  # fmt: skip

INCREMENTAL = Definition(
    "incremental", _("beyond the control group (incremental)"),
    _("How many more deals the people written to made than as many people of the control group: what the campaign caused, as far "
      "as chance allows. It does not give deals to campaigns, so it may be added to none of the models above."),
    _("Everybody counts as she was drawn, whether or not a message reached her, from her first run on, for the window of each line "
      "of business; whoever did nothing counts as nothing. The difference is that of the means of both groups, taken to all people "
      "written to. Its interval (95 %): people by Newcombe, deals, revenue and margin by Welch. The cost is taken off both ends of "
      "the interval of the margin; where an interval includes zero, the difference may be chance."),
)  # fmt: skip
