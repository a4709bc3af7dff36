"""What the answers of a mail server mean: codes (RFC 5321), enhanced codes (RFC 3463, RFC 7505), and faults of the
connection in words.
"""

import re
import smtplib
import socket
import ssl

from django.utils.translation import gettext as _

from channels.providers.base import ACCEPTED, DEFERRED, REJECTED, REPLY_LENGTH, Action, Result

# Enhanced codes of a permanent refusal, without the class. A subject alone (the first number) speaks for the details
# that are not listed. Whatever is in neither says nothing against the address: one unknown word marks nobody.
ACTIONS = {
    "1.1": Action.MARK_CONTACT,  # no such mailbox
    "1.2": Action.MARK_CONTACT,  # no such host
    "1.3": Action.MARK_CONTACT,  # the address is not spelled as addresses are
    "1.6": Action.MARK_CONTACT,  # moved, and nobody knows where to
    "1.7": Action.PAUSE_CAMPAIGN,  # our own address as the sender is not spelled as addresses are
    "1.8": Action.PAUSE_CAMPAIGN,  # the host of our own address is not known
    "1.10": Action.MARK_CONTACT,  # the host takes no mail at all (RFC 7505)
    "2.1": Action.MARK_CONTACT,  # the mailbox is switched off
    "2.2": Action.NEXT_CHANNEL,  # the mailbox is full: the address itself is good
    "3.4": Action.PAUSE_CAMPAIGN,  # the message is too big: so are all of its campaign
    "4": Action.NEXT_CHANNEL,  # no way to the host
    "7": Action.NONE,  # policy, reputation, authentication: nothing of it is the address' fault
    "7.8": Action.STOP_ACCOUNT,  # our credentials
    "7.9": Action.STOP_ACCOUNT,  # the way we log in is too weak
    "7.11": Action.STOP_ACCOUNT,  # an encrypted connection is asked for
}
# RFC 4954: what a server answers to somebody who has to log in first. They come without an enhanced code too.
LOG_IN = frozenset({530, 534, 535, 538})

_ENHANCED = re.compile(rb"([245])\.(\d{1,3})\.(\d{1,3})(?:\s|$)")


def result_of(code: int, reply: bytes) -> Result:
    """RFC 5321 4.2.1: 2yz done, 4yz try again later, 5yz refused. Anything else tells nothing: deferred."""
    text = readable(reply)
    if 200 <= code < 300:
        return Result(ACCEPTED, code=str(code), reply=text)
    if not 500 <= code < 600:
        return Result(DEFERRED, code=str(code), reply=text)
    said = enhanced(reply)
    word = f"{code} 5.{said}" if said else str(code)
    return Result(REJECTED, code=word, reply=text, permanent=True, action=action_of(code, said))


def enhanced(reply: bytes) -> str:
    """Subject and detail of a permanent enhanced code, as in "1.1"; empty where there is none."""
    found = _ENHANCED.match(reply)
    return f"{int(found[2])}.{int(found[3])}" if found and found[1] == b"5" else ""


def action_of(code: int, said: str) -> Action:
    """What a permanent refusal asks for; `said` as from `enhanced`."""
    if code in LOG_IN:
        return Action.STOP_ACCOUNT
    return ACTIONS.get(said, ACTIONS.get(said.partition(".")[0], Action.NONE))


def readable(reply: bytes) -> str:
    """Of a reply what fits a row: no NUL, 300 characters."""
    return reply.decode("utf-8", "replace").replace("\x00", "")[:REPLY_LENGTH]


def why(error: OSError | smtplib.SMTPException | UnicodeError) -> str:
    """What went wrong, in the reader's language where it is one of the usual faults."""
    usual = (
        (ConnectionRefusedError, _("nobody listens at that port")),
        ((socket.gaierror, UnicodeError), _("there is no such host")),  # the latter: a name that none can have
        ((TimeoutError, BlockingIOError), _("no answer in time")),
        (ssl.SSLError, _("the encrypted connection failed: check the kind of security")),
        (
            (smtplib.SMTPServerDisconnected, ConnectionResetError, BrokenPipeError),
            _("the server closed the connection"),
        ),
    )
    return next((words for kind, words in usual if isinstance(error, kind)), str(error))
