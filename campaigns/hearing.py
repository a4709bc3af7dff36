"""Taking in what people write: whose it is, an order that is carried out at once, a question that is answered by itself.

An order to stop binds the address even if nobody holds it. A message that is neither waits for a person.
"""

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from campaigns import automatic, replies, welcoming
from campaigns.chat_trees import talking
from campaigns.keywords import keyword_of
from campaigns.models import Reply
from channels.models import IncomingMessage
from segments.models import ContactPoint
from segments.models.people import Purpose


def take(sender: object, messages: Iterable[dict[str, Any]], **kwargs: object) -> None:
    """Receiver of `channels.signals.message_received`: those of them that were not taken yet."""
    for message in messages:
        told = IncomingMessage.objects.filter(account=message["account_id"], provider_key=message["provider_key"])
        for incoming in told.filter(reply=None).select_related("account"):
            _take_one(incoming, message.get("raw") or {})


@transaction.atomic
def _take_one(incoming: IncomingMessage, raw: Any) -> None:
    address = replies.address_of(incoming)
    reply, is_new = Reply.objects.get_or_create(incoming=incoming, defaults={"address": address})
    if not is_new or welcoming.has_started(reply):
        return
    stop = keyword_of(incoming.text) if address else ""  # an order of nobody known is for people to carry out
    if stop:
        ContactPoint.objects.get_or_create(kind=replies.kind_of(reply), value=address)
    replies.tie(reply)
    if stop:
        decide(reply, Reply.Keyword.STOP, given=False, text=incoming.text)
    elif question := welcoming.agreed_to(reply):
        decide(reply, Reply.Keyword.YES, given=True, text=question)
    elif (told := talking.answer(reply, raw)) or (told is None and automatic.answer(reply, raw)):
        _mark(reply, Reply.Keyword.RULE)


def decide(reply: Reply, keyword: Reply.Keyword, *, given: bool, text: str) -> None:
    """Her word on advertising over this channel; `text` is what she wrote, or what she agreed to."""
    _mark(reply, keyword)
    replies.consent(reply, purpose=Purpose.ADVERTISING, given=given, text=text)


def _mark(reply: Reply, keyword: Reply.Keyword) -> None:
    reply.keyword = keyword
    reply.save(update_fields=["keyword"])
