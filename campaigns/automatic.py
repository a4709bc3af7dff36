"""Answers that go by themselves to a question of one word: at most one a person and an hour, and never to a machine."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from campaigns import answering, permission
from campaigns.keywords import rule_for
from campaigns.models import Answer, Reply
from channels import machines
from segments.models.people import Purpose

EVERY = timedelta(hours=1)
# Two messages of one person at the same moment: the second is left to people.
ALONE = "SELECT pg_try_advisory_xact_lock(hashtext('krug.automatic'), hashtext(%s))"


def answer(reply: Reply, raw: Any) -> bool:
    """Whether the message was a question that is answered by itself, and now is. In the caller's transaction."""
    rule = rule_for(reply.incoming.text, reply.incoming.channel)
    if rule is None or is_of_a_machine(reply, raw) or answering.refuses(reply, Purpose.SERVICE):
        return False
    if not permission.is_allowed() or _has_just_been_answered(reply):
        return False
    return answering.write_by_itself(reply, Answer.Origin.KEYWORD, rule.text)


def is_of_a_machine(reply: Reply, raw: Any) -> bool:
    """An automatic reply or a bounce, by what the provider told of it: its headers, where it has any, and its sender."""
    if machines.is_box(reply.incoming.sender):
        return True
    headers = raw.get("headers") if isinstance(raw, Mapping) else None
    if not isinstance(headers, Mapping):
        return False
    return machines.is_marked({str(name).casefold(): str(value) for name, value in headers.items()})


def is_alone(recipient: str) -> bool:
    """Whether no other message of this address is being answered; until the end of the transaction none will be."""
    with connection.cursor() as cursor:
        cursor.execute(ALONE, [recipient])
        return cursor.fetchone()[0]


def _has_just_been_answered(reply: Reply) -> bool:
    recipient = answering.recipient_of(reply)
    if not is_alone(recipient):
        return True
    hers = Q(recipient=recipient)
    if reply.customer_id is not None:
        hers |= Q(reply__customer=reply.customer_id)
    recent = Answer.objects.filter(hers, origin=Answer.Origin.KEYWORD, created_at__gt=timezone.now() - EVERY)
    return recent.exists()
