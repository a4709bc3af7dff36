"""What a campaign's texts are in each channel, and how they become messages."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.grammar import Fault
from campaigns.models import Content, Run
from campaigns.rendering import letter, texts
from campaigns.rendering.markup import BadContent, Markup, build
from channels import sms_text
from channels.models import Channel
from segments.models.people import ContactKind


class Compiled(Protocol):
    """A content ready for a run: `letter.Letter` or `texts.Text`."""

    @property
    def slots(self) -> tuple[str, ...]: ...

    def render(self, message_id: int, address: str, values: dict[str, str]) -> bytes: ...


class Medium(NamedTuple):
    """`needed`: the text of a content that may not be empty, and what is said when it is; `parts` that a plain text is
    charged for; the kind of address it goes to."""

    needed: tuple[str, str | Promise]
    build: Callable[[Content, bool], Markup]
    compile: Callable[..., Compiled]
    parts: Callable[[str], int]
    contact: str


def _letter(content: Content, tracked: bool) -> Markup:
    return build(content.subject, content.preheader, content.body, tracked=tracked)


def _text(content: Content, tracked: bool) -> Markup:
    return texts.build_text(content.body, tracked=tracked)


LETTER = Medium(
    needed=("subject", gettext_lazy("The letter has no subject: write one.")),
    build=_letter,
    compile=letter.compile_letter,
    parts=lambda text: 1,
    contact=ContactKind.EMAIL,
)
SMS = Medium(
    needed=("body", gettext_lazy("The message has no text: write it.")),
    build=_text,
    compile=texts.compile_text,
    parts=sms_text.parts,
    contact=ContactKind.PHONE,
)
MEDIA: dict[str, Medium] = {Channel.EMAIL: LETTER, Channel.SMS: SMS}


def medium_of(channel: str) -> Medium:
    """Raises BadContent for a channel that nothing can be written for yet."""
    if channel not in MEDIA:
        label = Channel(channel).label
        raise BadContent([Fault(1, _("campaigns cannot be written for “%(channel)s” yet.") % {"channel": label})])
    return MEDIA[channel]


def markup_of(content: Content, *, tracked: bool = True) -> Markup:
    """The texts taken apart by the rules of the campaign's channel. Raises BadContent."""
    return medium_of(content.campaign.channel).build(content, tracked)


def compile_content(content: Content, run: Run | None, *, tracked: bool = True, prefix: str = "") -> Compiled:
    """Compile a content for a run (None: for its campaign as it is planned now). Raises BadContent, and CannotRender
    when the account lacks what every message carries. `tracked=False` (test sends) leaves the links as they are;
    `prefix` stands before the subject, or the text."""
    return medium_of(content.campaign.channel).compile(content, run, tracked=tracked, prefix=prefix)
