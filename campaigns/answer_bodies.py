"""What an answer to a person is on the wire, by channel, and how long its text may be."""

import json
import re
from collections.abc import Callable, Iterator
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import localtime
from typing import NamedTuple

from campaigns.links import MAX_ID
from campaigns.models import Answer
from campaigns.rendering.mime import clean
from campaigns.threads import message_id_of
from channels import sms_text
from channels.models import Account, Channel, IncomingLetter
from channels.providers import capabilities_of

# Ids that a provider sees: those of messages lie below, and those of test letters in between.
FIRST_ID = 3 * 2**38
MESSAGE_ID = re.compile(r"<[^<>\s]{3,200}>")


class NoBody(ValueError):
    """This answer cannot be made into a message: its address is none."""


class Medium(NamedTuple):
    """`longest` is in characters, where the provider names no less; `measure`: what a text is charged for, in parts."""

    body: Callable[[Answer], bytes]
    longest: int
    has_subject: bool = False
    measure: Callable[[str], sms_text.Measure] | None = None


def id_of(answer: Answer) -> int:
    """What stands for it in `Addressed.id`."""
    return FIRST_ID + answer.pk


def answer_of(message_id: int) -> int | None:
    """The answer that an id of `Addressed` stands for; None for one of something else."""
    return message_id - FIRST_ID if FIRST_ID < message_id <= MAX_ID else None


def medium_of(channel: str) -> Medium:
    return MEDIA.get(channel, MESSENGER)


def longest(account: Account) -> int:
    """Characters that an answer over this account may have."""
    own = medium_of(account.channel).longest
    return min(own, capabilities_of(account).max_length or own)


def _letter(answer: Answer) -> bytes:
    """Plain text, with the thread of the letter that it answers where that is known. Raises NoBody."""
    account, letter = answer.account, EmailMessage(SMTP)
    try:
        letter["From"] = _mailbox(account.sender_address, clean(account.sender_name))
        letter["To"] = _mailbox(answer.recipient)
        letter["Subject"] = clean(answer.subject)
        letter["Date"] = localtime()
        letter["Message-ID"] = message_id_of(answer, _domain(account.sender_address))
        letter.set_content(answer.text, cte="quoted-printable")
    except (ValueError, MessageError) as error:
        raise NoBody("bad_address") from error
    for name, value in _thread(answer):
        letter[name] = value
    if answer.origin != Answer.Origin.OPERATOR:
        letter["Auto-Submitted"] = "auto-replied"  # RFC 3834: no other machine is to answer it
    return letter.as_bytes()


def _thread(answer: Answer) -> Iterator[tuple[str, str]]:
    """RFC 5322 3.6.4. A service that brings letters over a webhook gives their Message-ID as its key."""
    incoming = answer.reply.incoming
    hers = IncomingLetter.objects.filter(incoming=incoming).first()
    message_id = hers.message_id if hers else incoming.provider_key
    if MESSAGE_ID.fullmatch(message_id):
        yield "In-Reply-To", message_id
        yield "References", hers.thread if hers and hers.thread else message_id


def _mailbox(address: str, name: str = "") -> Address:
    """Raises ValueError or MessageError for what is no mailbox."""
    return Address(name, addr_spec=f"{address.rpartition('@')[0]}@{_domain(address)}")


def _domain(address: str) -> str:
    return address.rpartition("@")[2].encode("idna").decode()


def _text(answer: Answer) -> bytes:
    return answer.text.encode()


def _words(answer: Answer) -> bytes:
    """As `channels.providers.messenger` describes it."""
    told: dict[str, object] = {"text": answer.text}
    if answer.buttons:
        told["buttons"] = [{"text": words, "data": words} for words in answer.buttons]
    return json.dumps(told, ensure_ascii=False).encode()


MESSENGER = Medium(_words, longest=4000)
MEDIA: dict[str, Medium] = {
    Channel.EMAIL: Medium(_letter, longest=20_000, has_subject=True),
    Channel.SMS: Medium(_text, longest=1600, measure=sms_text.measure),
}
