"""Answering what a person wrote, over the account that she wrote to: whether it may be, and the answer, written once.

An answer is a service message to somebody who has just asked: an earlier СТОП, which refuses advertising, does not bar it.
The law's gate and the window of the channel do. What is written here is sent by `campaigns.answer_sending`.
"""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from campaigns import bell, grammar, outbox, permission, replies
from campaigns.answer_bodies import longest, medium_of
from campaigns.models import Answer, Reply
from campaigns.refusals import Refused
from channels import legal
from channels.letters_of_people import without_marks
from channels.models import Account, AccountPurpose, Channel, IncomingLetter
from channels.providers import REGISTRY, capabilities_of
from segments.models import ConsentState

# Where the platform's own id of a person is an address too.
PLATFORMS = frozenset({Channel.WHATSAPP, Channel.TELEGRAM, Channel.MAX})


def recipient_of(reply: Reply) -> str:
    """Where an answer goes, as the provider takes it; '' where the sender is no address."""
    return reply.address or (reply.incoming.sender.strip() if reply.incoming.channel in PLATFORMS else "")


def window_until(reply: Reply) -> datetime | None:
    """Until when free texts pass after her last message to the account; None where the channel has no such window."""
    hours = capabilities_of(reply.incoming.account).session_hours
    if not hours:
        return None
    written = replies.conversation(reply).filter(incoming__account=reply.incoming.account_id)
    last = written.aggregate(at=Max("incoming__happened_at"))["at"]
    return last + timedelta(hours=hours)


def refuses(reply: Reply, purpose: str) -> bool:
    """Whether this address has said no to messages of this purpose over this channel."""
    told = ConsentState.objects.filter(contact_point=reply.contact_point_id, channel=reply.incoming.channel)
    return reply.contact_point_id is not None and told.filter(purpose=purpose, given=False).exists()


def hindrance(reply: Reply) -> str:
    """Why nothing may be answered now, in a sentence; '' when it may. Asked for the form, and again before the wire."""
    account = reply.incoming.account
    if account.provider not in REGISTRY or not account.is_active:
        return _("The account “%(account)s” is not in use: an administrator turns it on.") % {"account": account}
    if not recipient_of(reply):
        return _("The sender is no address that one could write to.")
    if account.purpose == AccountPurpose.ADVERTISING:
        return _("The account “%(account)s” carries advertising only, and an answer is a service message.") % {
            "account": account
        }
    return legal.hindrance(account.channel, legal.SERVICE, timezone.localdate()) or _closed(reply, account)


def _closed(reply: Reply, account: Account) -> str:
    until = window_until(reply)
    if until is None:
        if capabilities_of(account).needs_template:
            return _("Over this channel only texts that the provider has approved go: no free answer.")
        return ""
    if until > timezone.now():
        return ""
    sentence = _(
        "Over %(channel)s one may answer within %(hours)d hours after the person's last message. They are over: call, or write over another channel."
    )
    return sentence % {"channel": account.get_channel_display(), "hours": capabilities_of(account).session_hours}


def write(reply: Reply, text: str, *, author: Any, form: uuid.UUID, seen: int = 0) -> Answer:
    """An operator's answer; all of the conversation up to the reply `seen` counts as answered by it.

    The same `form` again gives the answer that it gave. Raises Refused with a sentence.
    """
    made = Answer.objects.filter(form=form).first()
    if made is not None:
        return made
    permission.require()
    account, text = reply.incoming.account, _clean(text)
    _require_text(text, account)
    if sentence := hindrance(reply):
        raise Refused(sentence)
    fields = {"text": text, "author": author, "form": form, "origin": Answer.Origin.OPERATOR}
    try:
        with transaction.atomic():
            answer = _queue(reply, fields)
            answered = replies.conversation(reply).filter(incoming__lte=max(seen, reply.pk))
            replies.mark_answered(answered.values_list("pk", flat=True), author, at=answer.created_at)
    except IntegrityError:  # the same form at the same moment
        return Answer.objects.get(form=form)
    return answer


def write_by_itself(reply: Reply, origin: Answer.Origin, text: str, buttons: Sequence[str] = ()) -> bool:
    """An automatic answer, once for a reply; False where none may go. `buttons` are words that the channel can show, and that a
    press sends back. In the caller's transaction."""
    with override(settings.LANGUAGE_CODE):
        if hindrance(reply) or Answer.objects.filter(reply=reply, origin=origin).exists():
            return False
        words = _clean(text)[: longest(reply.incoming.account)]
        _queue(reply, {"text": words, "origin": origin, "buttons": list(buttons)})
    return True


def _queue(reply: Reply, fields: dict[str, Any]) -> Answer:
    account = reply.incoming.account
    subject = _subject(reply) if medium_of(account.channel).has_subject else ""
    now = timezone.now()
    answer = Answer.objects.create(
        reply=reply, account=account, recipient=recipient_of(reply), subject=subject, created_at=now, **fields
    )
    transaction.on_commit(bell.ring_answers, robust=True)  # Redis may be away: the sweep rings again
    return answer


def _require_text(text: str, account: Account) -> None:
    if not text:
        raise Refused(_("Write the answer."))
    limit = longest(account) if account.provider in REGISTRY else len(text)
    if len(text) > limit:
        raise Refused(_("The answer is longer than %(limit)d characters: shorten it.") % {"limit": limit})


def _clean(text: str) -> str:
    """Without what PostgreSQL or a provider does not take: NUL and halves of characters; line breaks are LF."""
    text = text.replace("\r\n", "\n").replace("\x00", "")
    return text.encode("utf-8", "replace").decode().strip()


def _subject(reply: Reply) -> str:
    """«Re:» with the subject of her letter, else of our letter that she answers."""
    hers = IncomingLetter.objects.filter(incoming=reply.incoming_id).exclude(subject="").first()
    return f"Re: {without_marks(hers.subject)}"[:200] if hers else _subject_of_ours(reply)


def _subject_of_ours(reply: Reply) -> str:
    message = outbox.find_message(reply.answers) if reply.answers else None
    content = outbox.content_of(message) if message else None
    with override(settings.LANGUAGE_CODE):  # the reader's language, not the operator's
        about = grammar.readable(content.subject) if content else _("your message")
    return f"Re: {about}"[:200]


def of_replies(reply_ids: Iterable[int]) -> QuerySet[Answer]:
    """What was answered to these."""
    return Answer.objects.filter(reply__in=list(reply_ids)).select_related("author")
