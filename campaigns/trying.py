"""Trying a message before anybody gets it: as a person would see it, and as a test through the account."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from django.utils.html import escape
from django.utils.translation import gettext as _

from campaigns import permission
from campaigns.grammar import Hole, Piece
from campaigns.links import tokens
from campaigns.models import Campaign, CampaignEvent, Content, Run
from campaigns.refusals import Refused
from campaigns.rendering import CannotRender, compile_content, envelope_of, markup_of, resolve
from campaigns.rendering.texts import filled
from campaigns.senders import sender_of
from campaigns.slots import Row
from channels.providers import provider_for
from channels.providers.base import ACCEPTED, Addressed, ProviderError, Result

MAX_ADDRESSES = 5
NOTHING: Mapping[str, str] = MappingProxyType({})
# Ids of test letters: they fit a token, and no message will ever have them.
_FIRST_TEST_ID = 2**39


@dataclass(frozen=True, slots=True)
class Shown:
    """`html` is empty for a channel that has none; `text` is the whole message there. `subject` is the title of a
    notification too; `buttons` are (words, address), the address empty where a word is sent back; `picture` is an
    address."""

    subject: str
    html: str
    text: str
    buttons: tuple[tuple[str, str], ...] = ()
    link: str = ""
    picture: str = ""
    sender: str = ""


def show(
    content: Content, customer_id: int | None, chosen: Mapping[str, str] = NOTHING, *, tracked: bool = False
) -> Shown:
    """A content as this customer would see it (None: as somebody of whom nothing is known). Raises BadContent.

    `chosen`: texts of slots that a form not yet saved decides (`plan_fields.previews`). `tracked`: its links are
    numbered, with nobody's token.
    """
    markup = markup_of(content, tracked=tracked)
    values = _values(content, [hole.name for hole in markup.holes], customer_id, message_id=0)
    values |= chosen
    values["_track"], values["_choice"] = tokens(0)
    sender = sender_of(content, content.campaign.account)
    return Shown(
        subject=_filled(markup.subject, values),
        html=_filled(markup.html, values, escaped=True),
        text=_filled(markup.text, values) if markup.html else filled(markup.text, values),
        buttons=tuple((filled(button.text, values), filled(button.url, values)) for button in markup.buttons),
        link=filled(markup.link, values),
        picture=markup.picture,
        sender=sender.name or sender.address or content.campaign.account.name,
    )


def send_test(
    content: Content,
    addresses: Iterable[str],
    *,
    customer_id: int | None,
    author: object,
    chosen: Mapping[str, str] = NOTHING,
) -> list[str]:
    """Send the content through the campaign's account to these addresses; no Message rows are made.

    Returns the addresses that the provider took. Raises Refused (a sentence) and BadContent.
    """
    permission.require()
    addresses = list(dict.fromkeys(addresses))
    if not 1 <= len(addresses) <= MAX_ADDRESSES:
        raise Refused(_("Give from one to %(limit)d addresses for the test.") % {"limit": MAX_ADDRESSES})
    account = content.campaign.account
    try:
        letter = compile_content(content, None, tracked=False, prefix=_("[test] "))
        bodies = []
        for address in addresses:
            number = number_of_a_test()
            values = _values(content, letter.slots, customer_id, message_id=number) | chosen
            body = letter.render(number, address, values)
            bodies.append(Addressed(id=number, to=address, body=body, sender=envelope_of(content, account)))
    except CannotRender as error:
        raise Refused(_("An address is not valid: correct it.")) from error
    answers = _deliver(content.campaign, bodies)
    taken = [message.to for message in bodies if answers.get(message.id, Result("")).kind == ACCEPTED]
    if content.campaign.pk:
        CampaignEvent.objects.create(
            campaign=content.campaign, verb="test", author=author, note=f"{len(taken)} / {len(addresses)}"
        )
    if not taken:
        reply = next((answer.reply for answer in answers.values() if answer.reply), "")
        raise Refused(_("The provider took no test message. It says: %(reply)s") % {"reply": reply or "—"})
    return taken


def number_of_a_test() -> int:
    """For `Addressed.id` of what has no row of messages."""
    return _FIRST_TEST_ID + secrets.randbelow(2**38)


def _deliver(campaign: Campaign, messages: list[Addressed]) -> dict[int, Result]:
    answers: dict[int, Result] = {}
    provider = provider_for(campaign.account)
    try:
        provider.open()
        provider.send(messages, lambda _id: None, answers.__setitem__)
    except ProviderError as error:
        raise Refused(_("The account cannot send now: %(reason)s") % {"reason": error}) from error
    finally:
        provider.close()
    return answers


def _values(content: Content, names: Iterable[str], customer_id: int | None, *, message_id: int) -> dict[str, str]:
    row = Row(message_id=message_id, customer_id=customer_id or 0)
    return dict(resolve(Run(campaign=content.campaign, content=content), list(dict.fromkeys(names)), [row])[message_id])


def _filled(pieces: Iterable[Piece], values: dict[str, str], *, escaped: bool = False) -> str:
    out = []
    for piece in pieces:
        if isinstance(piece, Hole):
            value = (values.get(piece.name) or "").strip() or piece.default or ""
            out.append(escape(value) if escaped else value)
        else:
            out.append(piece)
    return "".join(out)
