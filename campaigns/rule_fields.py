"""What rules of segments may ask about messages: facts of all time, and what happened lately, counted over touches."""

from typing import Any

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns import barriers, reach
from campaigns.models import Campaign, Run, Touch
from channels.models import Channel
from segments.models.people import Purpose
from segments.rules import sparse
from segments.rules.fields import Event, Field, register, register_event

GROUP = _("Messages of campaigns")


def launched_campaigns() -> list[tuple[str, str]]:
    """Campaigns that were ever launched, the newest first; names repeat, so a value is an id."""
    launched = Campaign.objects.filter(pk__in=Run.objects.values("campaign"))
    return [(str(pk), name) for pk, name in launched.values_list("pk", "name")]


def campaign(name: str, path: str, **settings: Any) -> Field:
    """A choice of campaigns; `column` turns the values back to ids."""
    return Field(
        name=name, type="choice", path=path, choices=launched_campaigns, column=lambda ids: [int(each) for each in ids],
        **settings,
    )  # fmt: skip


def channel(path: str, **settings: Any) -> Field:
    return Field(
        name="channel", label=pgettext_lazy("field of a rule", "channel"), type="choice", path=path,
        choices=lambda: [(value, str(label)) for value, label in Channel.choices], **settings,
    )  # fmt: skip


FACTS = sparse.Facts("engagement", GROUP)
NOT_WRITTEN, NOT_OPENED, NOT_CLICKED = _("was not written to"), _("opened nothing"), _("clicked nothing")

FIELDS = (
    FACTS.number("messages", "sent", _("messages sent to the person")),
    FACTS.date("last_message", "last_sent", _("last message"), NOT_WRITTEN),
    FACTS.date("first_message", "first_sent", _("first message"), NOT_WRITTEN),
    campaign(
        "last_campaign", "engagement__last_campaign", label=_("campaign of the last message"), group=GROUP,
        missing=NOT_WRITTEN,
    ),
    FACTS.number("messages_delivered", "delivered", _("messages delivered")),
    FACTS.date("last_delivered", "last_delivered", _("last delivery of a message"), _("nothing is known to be delivered")),
    FACTS.number("messages_opened", "opened", _("messages opened")),
    FACTS.date("last_opened", "last_opened", _("last opening of a message"), NOT_OPENED),
    FACTS.date("first_opened", "first_opened", _("first opening of a message"), NOT_OPENED),
    FACTS.number("messages_clicked", "clicked", _("messages with a click")),
    FACTS.date("last_clicked", "last_clicked", _("last click in a message"), NOT_CLICKED),
    FACTS.date("first_clicked", "first_clicked", _("first click in a message"), NOT_CLICKED),
    FACTS.number("messages_replied", "replied", _("replies to messages")),
    FACTS.date("last_replied", "last_replied", _("last reply to a message"), _("replied to nothing")),
    FACTS.number("messages_failed", "failed", _("messages not delivered")),
    FACTS.date("last_failed", "last_failed", _("last message not delivered"), _("nothing failed to be delivered")),
    FACTS.date("opted_out", "opted_out", _("unsubscribed by a message"), _("did not unsubscribe")),
    FACTS.number("emails", "email_sent", _("e-mails sent to the person")),
    FACTS.date("last_email", "last_email_sent", _("last e-mail"), _("no e-mail was sent")),
    FACTS.number("emails_opened", "email_opened", _("e-mails opened")),
    FACTS.date("last_email_opened", "last_email_opened", _("last opening of an e-mail"), _("opened no e-mail")),
    FACTS.number("emails_clicked", "email_clicked", _("e-mails with a click")),
    FACTS.number("emails_unopened", "email_unopened", _("e-mails in a row not opened")),
    FACTS.number("sms", "sms_sent", _("SMS sent to the person")),
    FACTS.date("last_sms", "last_sms_sent", _("last SMS"), _("no SMS was sent")),
    FACTS.number("sms_clicked", "sms_clicked", _("SMS with a click")),
)  # fmt: skip

WHERE = {
    each.name: each
    for each in (campaign("campaign", "campaign", label=pgettext_lazy("field of a rule", "campaign")), channel("channel"))
}  # fmt: skip


def _event(name: str, label: Promise, moment: str, rows: Q) -> Event:
    return Event(name=name, label=label, model=Touch, rows=rows, moment=moment, group=GROUP, where=WHERE)


ADVERTISED = Q(failed_at=None, campaign__purpose=Purpose.ADVERTISING)
EVENTS = (
    _event("received", _("received a message"), "sent_at", Q(failed_at=None)),
    _event("advertised", _("received an advertising message"), "sent_at", ADVERTISED),
    _event("opened", _("opened a message"), "opened_at", Q(opened_at__isnull=False)),
    _event("clicked", _("clicked in a message"), "clicked_at", Q(clicked_at__isnull=False)),
    _event("replied", _("replied to a message"), "replied_at", Q(replied_at__isnull=False)),
    _event("not_delivered", _("a message was not delivered"), "failed_at", Q(failed_at__isnull=False)),
    _event("unsubscribed", _("unsubscribed by a message"), "opted_out_at", Q(opted_out_at__isnull=False)),
)
NAMES = frozenset(each.name for each in (*FIELDS, *EVENTS))


def register_all() -> None:
    register(*FIELDS, reach.field(group=barriers.GROUP), *barriers.fields())
    register_event(*EVENTS)
