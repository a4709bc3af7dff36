"""What a person and we wrote to each other over one channel, oldest first: hers, our answers, messages of campaigns."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns import grammar
from campaigns.answering import of_replies
from campaigns.models import Answer, Campaign, Reply
from campaigns.replies import conversation
from campaigns.staff import person_name
from channels.models import IncomingLetter
from segments.models import Customer

MOST = 60  # the newest lines; more is history

State = Answer.State
TONES = {State.ACCEPTED: "green", State.REJECTED: "red", State.UNKNOWN: "amber"}
FATES: tuple[tuple[str, str | Promise, str], ...] = (
    ("failed_at", gettext_lazy("not delivered"), "red"),
    ("opened_at", gettext_lazy("read"), "green"),
    ("delivered_at", gettext_lazy("delivered"), "green"),
)

# What campaigns sent to this address over the channel.
SENT = """
SELECT g.id, COALESCE(NULLIF(content.subject, ''), left(content.body, 300)), o.kind, o.happened_at
FROM campaigns_message AS m
JOIN campaigns_run AS run ON run.id = m.run_id
JOIN campaigns_campaign AS g ON g.id = run.campaign_id
JOIN campaigns_content AS content ON content.id = COALESCE(m.content_id, run.content_id)
JOIN campaigns_outcome AS o ON o.run_id = m.run_id AND o.message_id = m.id AND o.kind IN ('accepted', 'unknown')
WHERE m.customer_id = ANY(%(people)s) AND m.channel = %(channel)s AND m.contact_point_id = %(point)s
ORDER BY o.happened_at DESC LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class Line:
    """`is_ours`: we wrote it. `who`: of our people, or what wrote by itself. `unknown`: the answer that nobody knows of.
    Of a letter: `subject`, its `whole` text where that says more, names of its `files`, and a sentence if it was `cut`.
    `buttons` stood under it."""

    at: datetime
    text: str
    is_ours: bool = False
    who: str = ""
    state: str = ""
    tone: str = ""
    note: str = ""
    campaign: Campaign | None = None
    unknown: int = 0
    is_waiting: bool = False
    subject: str = ""
    whole: str = ""
    files: tuple[str, ...] = ()
    cut: str = ""
    buttons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Talk:
    """`newest`: the last of her messages in it, as `answering.write` wants it; `is_moving`: its end will soon be another."""

    lines: list[Line]
    newest: int
    is_moving: bool


def of(reply: Reply) -> Talk:
    """The newest lines of the conversation that the reply is part of."""
    hers = list(conversation(reply).select_related("incoming").order_by("-incoming__happened_at", "-pk")[:MOST])
    ours = list(of_replies([one.pk for one in hers]).order_by("-created_at")[:MOST])
    letters = IncomingLetter.objects.in_bulk([one.pk for one in hers])
    lines = [_hers(one, letters.get(one.pk)) for one in hers]
    lines += [_answer(answer) for answer in ours]
    lines += _of_campaigns(reply)
    lines.sort(key=lambda line: line.at)
    is_moving = any(answer.state in (State.QUEUED, State.SENDING) for answer in ours)
    return Talk(lines[-MOST:], max([one.pk for one in hers], default=reply.pk), is_moving)


def _hers(reply: Reply, letter: IncomingLetter | None) -> Line:
    """`letter`: what came beside the words, where they came as a letter."""
    line = Line(reply.incoming.happened_at, reply.incoming.text.strip() or "—", note=_order(reply))
    if letter is None:
        return line
    cut = _("The letter is longer than is read: open the mailbox for the rest.") if letter.is_cut else ""
    return replace(line, subject=letter.subject, whole=letter.whole, files=tuple(letter.files), cut=cut)


def _order(reply: Reply) -> str:
    return reply.get_keyword_display() if reply.keyword else ""


def _answer(answer: Answer) -> Line:
    state, tone = str(answer.get_state_display()), TONES.get(State(answer.state), "blue")
    for moment, label, colour in FATES:
        if getattr(answer, moment):
            state, tone = str(label), colour
            break
    return Line(
        at=answer.created_at,
        text=answer.text,
        buttons=tuple(answer.buttons),
        is_ours=True,
        who=_who(answer),
        state=state,
        tone=tone,
        note=_note(answer),
        unknown=answer.pk if answer.state == State.UNKNOWN else 0,
        is_waiting=answer.state in (State.QUEUED, State.SENDING),
    )


def _who(answer: Answer) -> str:
    if answer.origin != Answer.Origin.OPERATOR:
        return answer.get_origin_display()
    return person_name(answer.author) if answer.author else ""


def _note(answer: Answer) -> str:
    """Why it waits or did not go, as the provider says it."""
    if answer.state == State.ACCEPTED:
        return ""
    if answer.reason == "bad_address":
        return _("the address is not valid")
    return answer.note


def _of_campaigns(reply: Reply) -> list[Line]:
    if reply.contact_point_id is None or reply.customer_id is None:
        return []
    parameters: dict[str, Any] = {
        "people": _same_people(reply.customer_id),
        "channel": reply.incoming.channel,
        "point": reply.contact_point_id,
        "most": MOST,
    }
    with connection.cursor() as cursor:
        cursor.execute(SENT, parameters)
        found = cursor.fetchall()
    campaigns = Campaign.objects.in_bulk({row[0] for row in found})
    return [
        Line(
            at=at,
            text=grammar.readable(text),
            is_ours=True,
            who=str(campaigns[pk]),
            campaign=campaigns[pk],
            state=str(State.UNKNOWN.label) if kind == "unknown" else "",
            tone="amber",
        )
        for pk, text, kind, at in found
    ]


def _same_people(customer_id: int) -> Collection[int]:
    """Messages stay with the customer they were planned for: those of whoever was merged into her are hers too."""
    return [customer_id, *Customer.objects.filter(merged_into=customer_id).values_list("pk", flat=True)]
