"""The panel of the customer page that lists what she was written, or why she was not."""

from typing import Any

from django.db import connection
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns import grammar
from campaigns.admin.words import reason_label
from campaigns.models import Campaign
from campaigns.models.outbox import OutcomeKind
from segments.models import Customer
from segments.profile import Panel, register

SHOWN = 20

# Messages stay with the customer they were planned for: those of the customers merged into her are hers too.
_MESSAGES = """
SELECT run.campaign_id, COALESCE(NULLIF(content.subject, ''), left(content.body, 120), ''), m.left_out, COALESCE(r.kind, o.kind, ''), COALESCE(o.reason, ''),
       COALESCE(o.happened_at, m.planned_at), d.delivered_at, d.opened_at, d.clicked_at, d.failed_at,
       LEAST(d.unsubscribed_at, d.complained_at)
FROM campaigns_message AS m
JOIN campaigns_run AS run ON run.id = m.run_id
LEFT JOIN campaigns_content AS content ON content.id = COALESCE(m.content_id, run.content_id)
LEFT JOIN campaigns_outcome AS o ON o.run_id = m.run_id AND o.message_id = m.id
LEFT JOIN campaigns_resolution AS r ON r.run_id = m.run_id AND r.message_id = m.id
LEFT JOIN campaigns_deliverystate AS d ON d.run_id = m.run_id AND d.message_id = m.id
WHERE m.customer_id = ANY(%s)
ORDER BY m.run_id DESC, m.id DESC LIMIT %s
"""


def register_panel() -> None:
    register(
        Panel(
            name="messages",
            order=20,
            title=gettext_lazy("Messages"),
            template="campaigns/profile_messages.html",
            context=messages_of,
        )
    )


def messages_of(request: HttpRequest, customer: Customer) -> dict[str, Any]:
    """The last twenty messages; {} (no panel) when there are none or the user may not see campaigns."""
    if not request.user.has_perm("campaigns.view_campaign"):
        return {}
    people = [customer.pk, *Customer.objects.filter(merged_into=customer).values_list("pk", flat=True)]
    with connection.cursor() as cursor:
        cursor.execute(_MESSAGES, [people, SHOWN])
        found = cursor.fetchall()
    campaigns = Campaign.objects.in_bulk({row[0] for row in found})
    rows = [_row(campaigns[campaign_id], rest) for campaign_id, *rest in found]
    return {"messages": rows} if rows else {}


def _row(campaign: Campaign, columns: list[Any]) -> dict[str, Any]:
    subject, left_out, kind, reason, at, *facts = columns
    word, colour = _word(left_out, kind, reason, facts)
    if campaign.is_audience and kind == OutcomeKind.ACCEPTED:
        word = _("uploaded to an ad account")
    return {"campaign": campaign, "subject": grammar.readable(subject), "at": at, "word": word, "colour": colour}


def _word(left_out: str, kind: str, reason: str, facts: list[Any]) -> tuple[str, str]:
    """What became of a message, in the strongest word that is true, and the colour of its badge."""
    delivered, opened, clicked, failed, opted_out = facts
    for is_so, word, colour in (
        (left_out, _("not written to: %s") % reason_label(left_out), ""),
        (opted_out, _("unsubscribed"), "red"),
        (clicked, _("clicked a link"), "green"),
        (opened, _("opened"), "green"),
        (failed, _("bounced"), "red"),
        (delivered, _("delivered"), "blue"),
        (not kind, _("waiting"), ""),
        (kind == OutcomeKind.SUPPRESSED, _("not written to: %s") % reason_label(reason), ""),
    ):
        if is_so:
            return word, colour
    colours = {OutcomeKind.ACCEPTED: "blue", OutcomeKind.REJECTED: "red", OutcomeKind.UNKNOWN: "amber"}
    return str(OutcomeKind(kind).label), colours.get(OutcomeKind(kind), "")
