"""What a node does besides answering. What cannot be done is for people: nobody is told that it was."""

from django.utils import timezone

from campaigns import grammar, replies, welcoming
from campaigns.calls_to_make import making
from campaigns.chat_trees.checking import OF_CODE
from campaigns.literals import bigints
from campaigns.models import CallTask, ChatNode, Reply, Run
from campaigns.promo import issuing, placeholders
from campaigns.rendering.values import resolve
from campaigns.slots import Row
from segments.models.people import Purpose

Action = ChatNode.Action
HOURS = 4  # within which whoever asks to be called is called


def act(node: ChatNode, reply: Reply) -> str | None:
    """Do what the node says; returns its answer for her, None when it could not be done."""
    values: dict[str, str] = {}
    if node.action == Action.SUBSCRIBE:
        if reply.customer_id is None or reply.contact_point_id is None or not welcoming.may_advertise(reply):
            return None
        if node.pool:
            # No message printed it: what stands for one is below all of them.
            code, _why = issuing.give(node.pool, Run(), issuing.Alone(-reply.pk, reply.customer_id))
            if code is None:
                return None
            values = placeholders.texts(code)
        said = f"{node.tree}: {reply.incoming.text}"
        replies.consent(reply, purpose=Purpose.ADVERTISING, given=True, text=said)
    if node.action == Action.CALL and not _call(node, reply):
        return None
    return text_for(reply, node.text, values)


def text_for(reply: Reply, text: str, values: dict[str, str]) -> str:
    """An answer with its placeholders filled; defaults where she is nobody known."""
    pieces = grammar.parse(text).pieces
    names = {piece.name for piece in pieces if isinstance(piece, grammar.Hole)} - OF_CODE
    if reply.customer_id and names:
        values |= resolve(Run(), sorted(names), [Row(reply.pk, reply.customer_id)])[reply.pk]
    return "".join(
        piece if isinstance(piece, str) else (values.get(piece.name) or "").strip() or piece.default or ""
        for piece in pieces
    )


def _call(node: ChatNode, reply: Reply) -> bool:
    """Whether somebody will call her: a call is made, or one waits already."""
    if reply.customer_id is None:
        return False
    order = making.Order(
        reason=f"{node.tree}: {node.label}", script=reply.incoming.text[:300], hours=HOURS, purpose=Purpose.SERVICE
    )
    made = making.for_enrolments(order, bigints([reply.customer_id]), "{NULL}", timezone.now())
    return bool(made) or CallTask.objects.filter(customer=reply.customer_id, state=CallTask.State.OPEN).exists()
