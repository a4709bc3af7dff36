"""People who start a bot of ours from a letter or an SMS: the id that the messenger knows them by becomes theirs.

The link carries a token of the message that it stood in, so that it says whose it is; it ties one id only, since a letter may
be forwarded. Starting a bot is a consent to service messages there and to nothing else: advertising needs a "yes" of its own
to our question, and is not asked for where the law bars it. Tying waits for imports, so that a job does it and not the webhook.
"""

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from campaigns import answering, bell, links, outbox, replies
from campaigns.keywords import START, is_yes, rule_for
from campaigns.models import Answer, Reply
from channels import legal
from segments.binding import bind
from segments.identity.merging import Refused
from segments.models import Customer
from segments.models.people import Purpose

STARTED = Reply.Keyword.START


def has_started(reply: Reply) -> bool:
    """Whether the message says that a person started the bot by a link of ours, which is then noted and will be acted on.

    Without a token, with a forged one, or with one that another id has used, it is a message as any other.
    """
    command, _blank, token = reply.incoming.text.strip().partition(" ")
    if command != START or not replies.may_be_tied(reply):
        return False
    message_id = links.read_start(token.strip())
    if message_id is None or outbox.find_message(message_id) is None or _is_used(message_id, reply):
        return False
    reply.keyword, reply.answers = STARTED, message_id
    reply.save(update_fields=["keyword", "answers"])
    transaction.on_commit(bell.ring_answers, robust=True)
    return True


def _is_used(message_id: int, reply: Reply) -> bool:
    others = Reply.objects.filter(keyword=STARTED, answers=message_id, incoming__channel=reply.incoming.channel)
    return others.exclude(address=reply.address).exists()


def agreed_to(reply: Reply) -> str:
    """Our question that this message is a "yes" to; '' where it is none: the last thing we said must be the question."""
    if reply.contact_point_id is None or not is_yes(reply.incoming.text):
        return ""
    ours = Answer.objects.filter(account=reply.incoming.account_id, recipient=reply.address).order_by("-created_at")
    last = ours.first()
    asked = last is not None and last.origin == Answer.Origin.GREETING and last.state != Answer.State.REJECTED
    return last.text if last and asked and may_advertise(reply) else ""


def due() -> QuerySet[Reply]:
    """Those who started a bot and are not tied yet."""
    return Reply.objects.filter(keyword=STARTED, customer=None, contact_point=None).exclude(address="")


def welcome_due() -> int:
    """Tie and greet them; while an import is at work they wait. Returns how many."""
    welcomed = 0
    for reply in due().select_related("incoming__account").order_by("pk"):
        try:
            welcomed += _welcome(reply)
        except Refused:
            break
    return welcomed


@transaction.atomic
def _welcome(reply: Reply) -> bool:
    message = outbox.find_message(reply.answers or 0)
    customer = (
        Customer.objects.filter(pk=message.customer_id).select_related("merged_into").first() if message else None
    )
    if customer is None:  # erased since
        Reply.objects.filter(pk=reply.pk).update(keyword="", answers=None)
        return False
    customer = customer.merged_into or customer
    reply.contact_point_id = bind(customer.pk, replies.kind_of(reply), reply.address)
    reply.customer = customer
    reply.save(update_fields=["contact_point", "customer"])
    replies.consent(reply, purpose=Purpose.SERVICE, given=True, text=f"{START} {reply.incoming.account}")
    _greet(reply, customer)
    return True


def _greet(reply: Reply, customer: Customer) -> None:
    """Once for an id over an account, however often she starts the bot."""
    hers = Answer.objects.filter(
        account=reply.incoming.account, recipient=answering.recipient_of(reply), origin=Answer.Origin.GREETING
    )
    if not hers.exclude(state=Answer.State.REJECTED).exists():
        answering.write_by_itself(reply, Answer.Origin.GREETING, greeting(reply, customer))


def greeting(reply: Reply, customer: Customer) -> str:
    """The managers' own (`KeywordRule` of «/start»), else ours; with the question about advertising where it may be asked."""
    rule = rule_for(START, reply.incoming.channel)
    with override(settings.LANGUAGE_CODE):  # the reader's language
        hello = _("Hello, %(name)s!") % {"name": customer.first_name} if customer.first_name else _("Hello!")
        words = (
            rule.text
            if rule
            else f"{hello} "
            + _("Here we write to you about your car and your visits. Ask us anything; STOP ends our messages.")
        )
        return f"{words}\n{_ask()}" if may_advertise(reply) else words


def _ask() -> str:
    return _("Would you like our offers here too? Answer YES.")


def may_advertise(reply: Reply) -> bool:
    return not legal.hindrance(reply.incoming.channel, legal.ADVERTISING, timezone.localdate())
