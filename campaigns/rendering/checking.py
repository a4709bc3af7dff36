"""What forbids a content, and what its author should look at, in sentences."""

import re
from collections.abc import Callable

from django.utils.translation import gettext as _

from campaigns.models import Content
from campaigns.rendering.letter import CannotRender
from campaigns.rendering.markup import BadContent
from campaigns.rendering.media import compile_content, markup_of, medium_of
from campaigns.rendering.texts import dear_in, example_of
from channels.models import Channel
from channels.sms_text import parts

LONG_SUBJECT = 60
GMAIL_CLIPS_AT = 102 * 1024  # Gmail hides the rest of a longer letter, the unsubscribe link with it
MANY_PARTS = 3


def check(content: Content) -> list[str]:
    """What forbids sending this text, one sentence each; empty: it can be rendered."""
    try:
        name, missing = medium_of(content.campaign.channel).needed
        if not getattr(content, name).strip():
            return [str(missing)]
        compile_content(content, None)
    except BadContent as error:
        return [str(fault) for fault in error.faults]
    except CannotRender:
        return [_("The account has no sender's address: the administrator fills it in under “Accounts”.")]
    return []


def warnings(content: Content) -> list[str]:
    """What does not forbid sending but spoils a message. For a content that `check` lets pass."""
    return _ADVICE[content.campaign.channel](content)


def _of_letter(content: Content) -> list[str]:
    found = []
    if len(content.subject) > LONG_SUBJECT:
        found.append(
            _("The subject is long (%(length)d characters): a phone shows the first %(limit)d.")
            % {"length": len(content.subject), "limit": LONG_SUBJECT}
        )
    if not content.preheader.strip():
        found.append(_("There is no preheader: the list of letters will show the first words of the text."))
    if re.search(r"<(?:mj-image|img)\b(?![^>]*\salt=)[^>]*>", content.body, re.I):
        found.append(_("A picture has no description (alt): with pictures off its place is empty."))
    size = len(compile_content(content, None).render(0, "size@example.org", {}))
    if size > GMAIL_CLIPS_AT:
        found.append(_("The letter is over 102 KB: Gmail will cut it and hide the unsubscribe link."))
    return found


def _of_text(content: Content) -> list[str]:
    """Counted with the examples of the placeholders: the longest of people may take a segment more."""
    markup = markup_of(content)
    found = []
    if (taken := parts(example_of(markup))) > MANY_PARTS:
        sentence = _("The text takes %(parts)d segments, and each is paid for: make it shorter.")
        found.append(sentence % {"parts": taken})
    if characters := dear_in(markup):
        sentence = _("These characters make a Latin text twice as dear: %(characters)s.")
        found.append(sentence % {"characters": " ".join(characters)})
    return found


_ADVICE: dict[str, Callable[[Content], list[str]]] = {Channel.EMAIL: _of_letter, Channel.SMS: _of_text}
