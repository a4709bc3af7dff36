"""Which letter of ours a person's letter answers, by the Message-IDs that it names: they are signed, so that they are believed
before the address that it came from."""

import re
from typing import NamedTuple

from django.db import connection

from campaigns.models import Answer, Reply
from campaigns.report_keys import message_of
from channels.models import IncomingLetter, IncomingMessage

ANSWER_ID = re.compile(r"<krug\.answer\.(\d{1,18})\.([0-9a-f]{12})@")

# Its addressee, as long as she is in the base.
OF_MESSAGE = """
SELECT m.contact_point_id, COALESCE(c.merged_into_id, c.id), m.id, m.run_id
FROM campaigns_message AS m
JOIN segments_customer AS c ON c.id = m.customer_id
JOIN campaigns_outcome AS o ON o.run_id = m.run_id AND o.message_id = m.id AND o.kind IN ('accepted', 'unknown')
WHERE m.id = %s AND m.channel = 'email' AND m.contact_point_id IS NOT NULL
"""


class Whose(NamedTuple):
    """A person by the address that we wrote to, and our message (None: an operator's answer)."""

    contact_point_id: int | None
    customer_id: int
    message_id: int | None = None
    run_id: int | None = None


def whose(incoming: IncomingMessage) -> Whose | None:
    """None: it came as no letter, or names none of ours."""
    letter = IncomingLetter.objects.filter(incoming=incoming).first()
    for name in letter.names.split() if letter else ():
        found = _of_message(name) or _of_answer(name)
        if found:
            return found
    return None


def message_id_of(answer: Answer, host: str) -> str:
    """What an operator's answer is named by."""
    return f"<krug.answer.{answer.pk}.{answer.form.hex[:12]}@{host}>"


def _of_message(name: str) -> Whose | None:
    message_id = message_of(name)
    if message_id is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(OF_MESSAGE, [message_id])
        row = cursor.fetchone()
    return Whose(*row) if row else None


def _of_answer(name: str) -> Whose | None:
    found = ANSWER_ID.match(name)
    answer = Answer.objects.filter(pk=int(found[1])).first() if found else None
    if found is None or answer is None or answer.form.hex[:12] != found[2]:
        return None
    reply = Reply.objects.select_related("customer").filter(pk=answer.reply_id, customer__isnull=False).first()
    if reply is None or reply.customer is None:
        return None
    return Whose(reply.contact_point_id, reply.customer.merged_into_id or reply.customer.pk)
