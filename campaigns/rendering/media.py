"""What a campaign's texts are in each channel, and how they become messages."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from campaigns import expanding
from campaigns.models import Content, Run
from campaigns.rendering import letter, messenger, notice, templated, texts
from campaigns.rendering.markup import BadContent, Markup, build
from campaigns.rendering.trees import note_of
from campaigns.senders import sender_of
from channels import sms_text
from channels.models import Account, Channel
from channels.providers import capabilities_of


class Compiled(Protocol):
    """A content ready for a run: `letter.Letter`, `texts.Text` or `trees.Note`."""

    @property
    def slots(self) -> tuple[str, ...]: ...

    def render(self, message_id: int, address: str, values: dict[str, str]) -> bytes: ...


def envelope_of(content: Content, account: Account) -> str:
    """What `Addressed.sender` says: an SMS has no other place for it; elsewhere it stands in the message, or is a bot."""
    return sender_of(content, account).name if account.channel == Channel.SMS else ""


class Size(NamedTuple):
    """What a message takes of what its provider allows, in characters or bytes, by the examples of its placeholders."""

    taken: int
    most: int
    is_bytes: bool = False


class Medium(NamedTuple):
    """How channels of one kind are written for. `needed`: the text of a content that may not be empty, and what is said
    when it is; `extras` that a content may have; `parts` that a plain text is charged for; `size` of a message, where the
    provider sets a limit."""

    name: str
    needed: tuple[str, str | Promise]
    build: Callable[[Content, bool], Markup]
    compile: Callable[..., Compiled]
    extras: tuple[str, ...] = ()
    parts: Callable[[str], int] = lambda text: 1
    size: Callable[[Account, Markup], Size | None] = lambda account, markup: None


def _letter(content: Content, tracked: bool) -> Markup:
    return build(content.subject, content.preheader, content.body, amp=content.extras.get("amp", ""), tracked=tracked)


def _text(content: Content, tracked: bool) -> Markup:
    return texts.build_text(content.body, tracked=tracked)


def _message(content: Content, tracked: bool) -> Markup:
    plain = messenger.plain_of(content.campaign.account)
    return messenger.build_message(content.body, content.extras, tracked=tracked, plain=plain)


def _notice(content: Content, tracked: bool) -> Markup:
    return notice.build_notice(content.subject, content.body, content.extras, tracked=tracked)


def _templated(content: Content, tracked: bool) -> Markup:
    return templated.build_templated(content.body, content.extras, tracked=tracked)


def _characters(account: Account, markup: Markup) -> Size | None:
    most = capabilities_of(account).max_length
    return Size(len(texts.example_of(markup)), most) if most else None


def _bytes(account: Account, markup: Markup) -> Size:
    body = note_of(markup).render(0, "", texts.example_values(markup))
    return Size(len(body), notice.MOST_BYTES, is_bytes=True)


LETTER = Medium(
    name="letter",
    needed=("subject", gettext_lazy("The letter has no subject: write one.")),
    build=_letter,
    compile=letter.compile_letter,
    extras=("amp",),
)
SMS = Medium(
    name="sms",
    needed=("body", gettext_lazy("The message has no text: write it.")),
    build=_text,
    compile=texts.compile_text,
    parts=sms_text.parts,
)
MESSENGER = Medium(
    name="messenger",
    needed=("body", gettext_lazy("The message has no text: write it.")),
    build=_message,
    compile=messenger.compile_message,
    extras=("buttons",),
    size=_characters,
)
NOTICE = Medium(
    name="notice",
    needed=("subject", gettext_lazy("The notification has no title: write it.")),
    build=_notice,
    compile=notice.compile_notice,
    extras=("link",),
    size=_bytes,
)
TEMPLATE = Medium(
    name="template",
    needed=("body", templated.NOT_CHOSEN),
    build=_templated,
    compile=templated.compile_templated,
    extras=("template", "language", "values"),
    size=_characters,
)
MEDIA: dict[str, Medium] = {
    Channel.EMAIL: LETTER,
    Channel.SMS: SMS,
    Channel.TELEGRAM: MESSENGER,
    Channel.MAX: MESSENGER,
    Channel.PUSH: NOTICE,
    Channel.WHATSAPP: TEMPLATE,
    Channel.VK: TEMPLATE,
}


def markup_of(content: Content, *, tracked: bool = True) -> Markup:
    """The texts taken apart by the rules of the campaign's channel. Raises BadContent."""
    return MEDIA[content.campaign.channel].build(whole(content), tracked)


def compile_content(content: Content, run: Run | None, *, tracked: bool = True, prefix: str = "") -> Compiled:
    """Compile a content for a run (None: for its campaign as it is planned now). Raises BadContent, and CannotRender
    when the account lacks what every message carries. `tracked=False` (test sends) leaves the links as they are;
    `prefix` stands before the subject, or the text."""
    return MEDIA[content.campaign.channel].compile(whole(content), run, tracked=tracked, prefix=prefix)


def whole(content: Content) -> Content:
    """The content with its snippets in place. Raises BadContent."""
    try:
        return expanding.expanded(content, MEDIA[content.campaign.channel].name)
    except expanding.UnknownSnippet as error:
        raise BadContent(error.faults) from error
