"""What forbids a content, and what its author should look at, in sentences."""

import re

from django.utils.translation import gettext as _

from campaigns.models import Content
from campaigns.rendering.letter import CannotRender, compile_content
from campaigns.rendering.markup import BadContent

LONG_SUBJECT = 60
GMAIL_CLIPS_AT = 102 * 1024  # Gmail hides the rest of a longer letter, the unsubscribe link with it


def check(content: Content) -> list[str]:
    """What forbids sending this text, one sentence each; empty: it can be rendered."""
    if not content.subject.strip():
        return [_("The letter has no subject: write one.")]
    try:
        compile_content(content, None)
    except BadContent as error:
        return [str(fault) for fault in error.faults]
    except CannotRender:
        return [_("The account has no sender's address: the administrator fills it in under “Accounts”.")]
    return []


def warnings(content: Content) -> list[str]:
    """What does not forbid sending but spoils a letter. For a content that `check` lets pass."""
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
