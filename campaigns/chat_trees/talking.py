"""Leading a conversation on: her message is a choice, which is answered, or it is for people.

Nothing goes by itself to machines, to whoever refused service messages, while sending is off, and while an operator has the
conversation: he wrote within `HIS`, or she asked for a human and nobody has dealt with that yet.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db.models import Prefetch, Q
from django.utils import timezone

from campaigns import answering, automatic, permission, replies
from campaigns.chat_trees.acting import act
from campaigns.chat_trees.reading import Tree, chosen, fit, listed
from campaigns.models import Answer, ChatNode, ChatTalk, ChatTree, Reply
from channels.providers import capabilities_of
from segments.models.people import Purpose

PAUSE = timedelta(hours=24)  # after which a conversation begins anew
HIS = timedelta(hours=12)
MOST, EVERY = 20, timedelta(hours=1)  # answers to one address: two machines would talk for ever


def answer(reply: Reply, raw: Any) -> bool | None:
    """True: it was a choice and is answered. False: it is for people, whatever was answered. None: it is nothing of a tree.
    In the caller's transaction."""
    if automatic.is_of_a_machine(reply, raw) or answering.refuses(reply, Purpose.SERVICE):
        return None
    recipient = answering.recipient_of(reply)
    if not recipient or not permission.is_allowed() or not automatic.is_alone(recipient):
        return None
    talk = ChatTalk.objects.filter(account=reply.incoming.account_id, recipient=recipient).first()
    if _is_his(reply, recipient, talk):
        return False
    node = _next(reply, talk)
    if node is None:
        if talk:
            talk.delete()
        return None
    return _say(reply, node, recipient)


def _next(reply: Reply, talk: ChatTalk | None) -> ChatNode | None:
    """The choice that she made where she is, else the beginning of a conversation."""
    text = reply.incoming.text
    if talk and talk.node and talk.at > timezone.now() - PAUSE and talk.node.tree.is_active:
        tree = Tree(list(_nodes(talk.node)))
        found = chosen(text, tree.choices(talk.node)) or _pressed(text, tree, reply)
        if found:
            return found
    begun = (chosen(text, Tree(list(tree.nodes.all())).under(None), by_number=False) for tree in _trees(reply.incoming.channel))  # fmt: skip
    return next((node for node in begun if node), None)


def _pressed(text: str, tree: Tree, reply: Reply) -> ChatNode | None:
    """A button of an earlier answer, which stays on her screen."""
    if not any(capabilities_of(reply.incoming.account).reply_buttons):
        return None
    return next((node for node in tree.nodes if node.label == text), None)


def _trees(channel: str) -> Sequence[ChatTree]:
    """A tree of this channel before one of all."""
    nodes = Prefetch("nodes", ChatNode.objects.select_related("tree", "pool"))
    trees = ChatTree.objects.filter(Q(channel=channel) | Q(channel=""), is_active=True)
    return trees.order_by("-channel", "pk").prefetch_related(nodes)


def _nodes(node: ChatNode) -> Sequence[ChatNode]:
    return ChatNode.objects.filter(tree=node.tree_id).select_related("tree", "pool")


def _say(reply: Reply, node: ChatNode, recipient: str) -> bool:
    since = timezone.now() - EVERY
    said = Answer.objects.filter(recipient=recipient, origin=Answer.Origin.TREE, created_at__gt=since)
    if said.count() >= MOST:
        return False
    text = act(node, reply)
    if text is None:
        return False
    choices = Tree(list(_nodes(node))).choices(node)
    is_human = node.action == ChatNode.Action.HUMAN
    shown = [] if is_human else choices
    if fit(shown, *capabilities_of(reply.incoming.account).reply_buttons):
        whole, buttons = text, [each.label for each in shown]
    else:
        whole, buttons = f"{text}\n{listed(shown)}" if shown else text, []
    if not answering.write_by_itself(reply, Answer.Origin.TREE, whole, buttons):
        return False
    place = {"node": None if is_human else node, "handed": reply if is_human else None, "at": timezone.now()}
    ChatTalk.objects.update_or_create(account_id=reply.incoming.account_id, recipient=recipient, defaults=place)
    return not is_human


def _is_his(reply: Reply, recipient: str, talk: ChatTalk | None) -> bool:
    """Whether an operator has the conversation."""
    if talk and talk.handed_id and replies.waiting().filter(pk=talk.handed_id).exists():
        return True
    his = Answer.objects.filter(recipient=recipient, account=reply.incoming.account_id, origin=Answer.Origin.OPERATOR)
    return his.filter(created_at__gt=timezone.now() - HIS).exists()
