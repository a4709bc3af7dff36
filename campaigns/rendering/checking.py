"""What forbids a content, and what its author should look at, in sentences."""

import re
from collections.abc import Callable

from django.utils.translation import gettext as _

from campaigns.models import Content
from campaigns.rendering import support
from campaigns.rendering.letter import CannotRender
from campaigns.rendering.markup import BadContent
from campaigns.rendering.media import MEDIA, compile_content, markup_of, whole
from campaigns.rendering.templated import has_way_out
from campaigns.rendering.texts import dear_in, example_of, example_values, filled
from channels.sms_text import parts

LONG_SUBJECT = 60
GMAIL_CLIPS_AT = 102 * 1024  # Gmail hides the rest of a longer letter, the unsubscribe link with it
MANY_PARTS = 3
LONG_TITLE = 50  # of a notification: what a locked phone shows in one line
LONG_NOTICE = 150


def check(content: Content) -> list[str]:
    """What forbids sending this text, one sentence each; empty: it can be rendered."""
    try:
        name, missing = MEDIA[content.campaign.channel].needed
        if not getattr(content, name).strip():
            return [str(missing)]
        compile_content(content, None)
    except BadContent as error:
        return [str(fault) for fault in error.faults]
    except CannotRender:
        return [_("The account has no sender's address: the administrator fills it in under “Accounts”.")]
    return _of_size(content)


def warnings(content: Content) -> list[str]:
    """What does not forbid sending but spoils a message. For a content that `check` lets pass."""
    return _ADVICE[MEDIA[content.campaign.channel].name](whole(content))


def _of_size(content: Content) -> list[str]:
    size = MEDIA[content.campaign.channel].size(content.campaign.account, markup_of(content))
    if size is None or size.taken <= size.most:
        return []
    if size.is_bytes:
        sentence = _("The message takes %(taken)d bytes of the %(most)d that push services carry: make it shorter.")
    else:
        sentence = _("The text takes %(taken)d characters of the %(most)d that the account carries: make it shorter.")
    return [sentence % size._asdict()]


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
    plain = Content(campaign=content.campaign, **(content.texts() | {"extras": {}}))  # nobody clips the AMP part
    size = len(compile_content(plain, None).render(0, "size@example.org", {}))
    if size > GMAIL_CLIPS_AT:
        found.append(_("The letter is over 102 KB: Gmail will cut it and hide the unsubscribe link."))
    return found + support.sentences(content.body)


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


def _of_notice(content: Content) -> list[str]:
    """Counted with the examples of the placeholders."""
    markup = markup_of(content)
    values = example_values(markup)
    long = [
        (_("title"), filled(markup.subject, values), LONG_TITLE),
        (_("text"), filled(markup.text, values), LONG_NOTICE),
    ]
    sentence = _("The %(part)s is long (%(length)d characters): a phone shows the first %(limit)d.")
    found = [
        sentence % {"part": part, "length": len(text), "limit": limit}
        for part, text, limit in long
        if len(text) > limit
    ]
    if not markup.link:
        found.append(_("A press opens nothing: give the notification an address."))
    return found


def _of_template(content: Content) -> list[str]:
    if has_way_out(markup_of(content), content.extras):
        return []
    return [
        _("Whoever wants no more such messages finds no button and no link that says so: choose a template with one.")
    ]


def _no_advice(content: Content) -> list[str]:
    return []


# By the name of a medium.
_ADVICE: dict[str, Callable[[Content], list[str]]] = {
    "letter": _of_letter,
    "sms": _of_text,
    "messenger": _no_advice,
    "notice": _of_notice,
    "template": _of_template,
}
