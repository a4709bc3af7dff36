"""Ready-made cuts by how people can be reached and what they are worth. Importing this module fills the registry.

E-mail is asked by fields that the campaigns register: where they are absent, the cut is not offered.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _

from segments.ready_made import Cut, Number, ask, leaf, register

REACH, VALUE = _("How to reach them"), _("By value for the business (RFM)")

register(
    Cut(
        key="silent_email", group=REACH, name=_("Silent in e-mail, but there is a phone"),
        who=_("Did not open a row of letters, and can be reached by a call or an SMS."),
        plan=_("A short SMS or messenger message; letters are paused"),
        why=_("Letters that nobody opens spoil the sender's name, and the same person may answer a phone."),
        rule={"all": [leaf("emails_unopened", "at_least", ask("letters")), leaf("reachable", "any_of", ["phone", "sms"])]},
        questions=(Number("letters", _("letters in a row not opened"), 3, 1, 100),),
    ),
    Cut(
        key="only_phone", group=REACH, name=_("Only a phone is known"),
        who=_("Have a phone of their own and no e-mail."),
        plan=_("SMS and messengers; the salesperson asks for the e-mail at the next visit"),
        why=_("A letter costs nothing: every e-mail that is asked for saves the price of all later SMS."),
        rule={"all": [leaf("has_phone", "is", True), leaf("has_email", "is", False)]},
    ),
)  # fmt: skip


def _named(slug: str, name: Any, who: Any, plan: Any, why: Any) -> Cut:
    """A named RFM segment over all lines of business; `slug` is that of `segments.rfm.seed`."""
    rule = {"all": [leaf("rfm_segment", "any_of", [slug])]}
    return Cut(key=f"rfm_{slug}", group=VALUE, name=name, who=who, plan=plan, why=why, rule=rule)


register(
    _named(
        "vip", _("RFM: VIP customers"),
        _("Bought lately, often and for much money."),
        _("Exclusive offers, early access, a personal manager"),
        _("Few people bring much of the revenue: losing one costs more than winning ten."),
    ),
    _named(
        "newcomers", _("RFM: newcomers with potential"),
        _("Bought lately, and only once."),
        _("A welcome series, what we can do for them, a bonus on the second purchase"),
        _("The second purchase makes a regular customer, and it is won in the first months."),
    ),
    _named(
        "loyal", _("RFM: loyal customers"),
        _("Bought lately and more than once, for moderate money."),
        _("A loyalty and referral programme"),
        _("They recommend us by themselves; a programme makes it a habit."),
    ),
    _named(
        "whales", _("RFM: sleeping whales"),
        _("Spent much and often, and have not come for long."),
        _("A personal letter, a special offer, a call by the head of sales"),
        _("One of them brought back is worth a mass mailing."),
    ),
    _named(
        "attention", _("RFM: need attention"),
        _("Bought one to three months ago; some of them are VIP at risk."),
        _("Reactivation: a reason to come, before they fall asleep"),
        _("To keep somebody who is leaving is cheaper than to bring back who left."),
    ),
    _named(
        "sleeping", _("RFM: sleeping"),
        _("Have not bought for long, and once spent something worth a reminder."),
        _("Reactivation without a discount first: novelties, service, an invitation"),
        _("A discount given at once teaches people to wait for the next one."),
    ),
    _named(
        "lost", _("RFM: lost"),
        _("Bought long ago, little and seldom."),
        _("Win-back with a strong discount; who does not answer leaves the active base"),
        _("The last attempt, after which nobody pays for writing to them."),
    ),
)  # fmt: skip
