"""What a messenger carries (`channels.providers.messenger`): a text, and buttons under it.

A press on a button opens its address, counted as a click like any link of the text, or sends its word back to us. Whoever
wants no more finds a button that says so, unless the author put the survey's address or such a word into the message.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from campaigns.grammar import Fault, parse
from campaigns.keywords import keyword_of
from campaigns.models import Content, Reply, Run
from campaigns.rendering.markup import BadContent, Leaf, MarkedButton, Markup, Tree
from campaigns.rendering.texts import Found, address_of, pieces_of
from campaigns.rendering.trees import Note, Plain, note_of
from channels.models import Account
from channels.providers import REGISTRY, provider_class

MAX_TEXT = 10_000  # characters with placeholders as they are written; the account's own limit holds for what is sent
MOST_BUTTONS = 3  # of the author's own
LONGEST_WORDS = 40  # characters on a button: a phone cuts off more
LONGEST_WORD = 30  # characters that a button sends back: Telegram takes 64 bytes
STOP = "СТОП"
PLAIN = Plain()


def build_message(
    body: str, extras: Mapping[str, Any], *, tracked: bool = True, prefix: str = "", plain: Plain = PLAIN
) -> Markup:
    """Compile a text with its buttons. `tracked=False` leaves links as they are. Raises BadContent."""
    found = Found(tracked, write=plain.address)
    text = pieces_of(body, found, longest=MAX_TEXT)
    found.write = str  # no markup is read on buttons
    text = (prefix, *text) if prefix else text
    buttons = buttons_of(extras.get("buttons") or (), found)
    if not found.survey and not any(is_refusal(button.data) for button in buttons):
        buttons += (_no_more(),)
    return Markup(
        subject=(),
        html=(),
        text=text,
        links=found.checked(),
        buttons=buttons,
        tree={"text": text, "buttons": [_branch(button) for button in buttons]},
    )


def compile_message(content: Content, run: Run | None, *, tracked: bool = True, prefix: str = "") -> Note:
    """As `compile_text`."""
    plain = plain_of(content.campaign.account)
    markup = build_message(content.body, content.extras, tracked=tracked, prefix=plain.words(prefix), plain=plain)
    return note_of(markup, None if plain is PLAIN else plain)


def plain_of(account: Account) -> Plain:
    """By the markup of the account's texts."""
    provider = provider_class(account.provider)(account) if account.provider in REGISTRY else None
    if not (provider and provider.markup()):
        return PLAIN
    return Plain(provider.plain, provider.plain_address)


def buttons_of(told: Sequence[Mapping[str, str]], found: Found) -> tuple[MarkedButton, ...]:
    """Raises BadContent with all that is wrong, each button by its number."""
    if len(told) > MOST_BUTTONS:
        raise BadContent([Fault(0, _("a message has %(limit)d buttons at most.") % {"limit": MOST_BUTTONS})])
    buttons, faults = [], []
    for number, one in enumerate(told, start=1):
        try:
            buttons.append(button_of(one, found))
        except BadContent as error:
            named = _("Button %(number)d: %(sentence)s")
            faults += [Fault(0, named % {"number": number, "sentence": fault.sentence}) for fault in error.faults]
    if faults:
        raise BadContent(faults)
    return tuple(buttons)


def is_refusal(data: Leaf) -> bool:
    """Whether the word that comes back is one that ends our messages."""
    return keyword_of("".join(map(str, data))) == Reply.Keyword.STOP


def button_of(told: Mapping[str, str], found: Found) -> MarkedButton:
    """Raises BadContent."""
    words, url, data = (str(told.get(name) or "").strip() for name in ("text", "url", "data"))
    if not words:
        raise BadContent([Fault(0, _("write what stands on it."))])
    if len(words) > LONGEST_WORDS:
        raise BadContent([Fault(0, _("more than %(limit)d characters stand on it.") % {"limit": LONGEST_WORDS})])
    if bool(url) == bool(data):
        raise BadContent([Fault(0, _("give an address that it opens, or a word that it sends back."))])
    parsed = parse(words)
    if parsed.faults:
        raise BadContent([Fault(0, fault.sentence) for fault in parsed.faults])
    if url:
        return MarkedButton(parsed.pieces, url=address_of(url, words, found))
    if len(data) > LONGEST_WORD or "{{" in data:
        sentence = _("what it sends back is a word of at most %(limit)d characters, without placeholders.")
        raise BadContent([Fault(0, sentence % {"limit": LONGEST_WORD})])
    return MarkedButton(parsed.pieces, data=(data,))


def _no_more() -> MarkedButton:
    with override(settings.LANGUAGE_CODE):  # the reader's language, not the manager's
        return MarkedButton((_("Do not disturb"),), data=(STOP,))


def _branch(button: MarkedButton) -> Tree:
    told: dict[str, Tree] = {"text": button.text}
    return told | ({"url": button.url} if button.url else {"data": button.data})
